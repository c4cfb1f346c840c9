"""Text files as columns of text, every line counted independently of the parser that splits it.

encodings   which bytes are which characters     structure   records and fields of a block
records     blocks of whole records              headers     where the header stands, its names
tables      CSV and TSV as Arrow tables
"""
