"""What `workbench new-source` makes of somebody's files: a source file to check, not a silent guess.

    command       what is written, asked and told      naming     what is wrong before that
    proposal      files and answers into the text of a source file
    looking       files, one by one                    joins      orders, their lines, their refunds
    orders, events, others                             which table of the contract a file can be
    doubts, refunds, worth, parts, shop                what came back, lines and orders, months, zone
    referred      refunds with numbers of their own
    layout        how a file lies there                words      what became of an order
    repeats       its header or rows again             endings    sums and notes among its rows
    columns       what a column means                  contents   what stands in it
    instants, patterns, amounts                        how a file writes them
    shapes        encoding, delimiter, header          reading    a file with its columns
    declared      the text, with its questions         asking     five of them, at a terminal
    headers       the dictionary (`headers.yaml`, `words.yaml`)

Each says why it took something for something; where two readings remain, it is a question in the
file, and nothing is declared. import-linter holds the layers.
"""
