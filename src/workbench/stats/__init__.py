"""Numbers in, numbers out: what any analysis may ask of a sample. No tables of a shop, no words.

rates          Wilson, Newcombe, a test of two shares      means      of skewed amounts, with intervals
survival       Kaplan-Meier                                curves     smooth, one peak or one fall
trend          does a value rise with an ordered class     scan       the odd stretch of days
concentration  how few bring how much                      calibration  do probabilities hold
"""
