"""Tables of results beside each other: two versions, a submission, all that is published."""
