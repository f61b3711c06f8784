"""What is meant to differ between the two recordings, each with its reason.

Patterns are those of fnmatch on CASE/PART, as the report names them: `remove/crop/files/out.png`,
`serve-open/scan/plain/headers`, `value/*/stderr`. A row goes when the recording that it is compared with has the
change.
"""

# (pattern, reason): reported, and no failure.
INTENDED = []

# (pattern, reason): an encoder has changed. PNGs with other bytes are the same where their pixels, profile and other
# chunks are.
BY_PIXELS = []
