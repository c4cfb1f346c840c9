"""From a notebook to a published report: the only papermill and nbconvert."""
