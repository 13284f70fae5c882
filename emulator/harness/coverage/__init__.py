"""What of a contract was really exercised: operations, documented statuses, events, schema keywords; and what was not.

`parts` names what a contract documents, `heard` counts what was seen, `assess` holds one against the other, `reports`
tell it. `witness`, `stories` and `probes` go where generated calls do not come.
"""
