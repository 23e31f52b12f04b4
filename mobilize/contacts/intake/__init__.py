"""From the rows of a file to rows of the database, as fast as both allow.

Reading (`batches`, `copying`, `staging`) may happen in a process of its own (`apart`); writing
(`lanes`) happens where the import was called.
"""
