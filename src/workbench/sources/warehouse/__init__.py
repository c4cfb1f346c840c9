"""A warehouse as a source: its tables stay where they are, and are judged there.

connection  an open warehouse        selects   a user's SELECT and its rules
exact       lossless casts           verdicts  what is wrong with each row
balance     lines and money add up   opening   from a declaration to its tables
looking     what is doubtful         currency  a second one is refused
"""
