"""What `workbench new-source` makes of somebody's files: a source file to check, not a silent guess.

    proposal      files and answers into a source file's text
    declared      the text: what is proposed, why, and what is asked
    orders, events, others                  which table of the contract a file can be
    words         statuses, platforms and currencies by what they say
    columns       what a column means: by its name, then by its contents
    contents      what stands in a column: instants, amounts, ids, words
    instants, amounts                       how a file writes them
    shapes        encoding, delimiter, header, what stands above and below
    headers       the dictionary of header words (`headers.yaml`, `words.yaml`)

Arrows point down. Each says why it took something for something; where two readings remain, it is
a question in the file, and nothing is declared.
"""
