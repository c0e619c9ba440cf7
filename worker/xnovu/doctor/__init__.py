"""`xnovu doctor`: looks at all that an operator can get wrong, and says how to mend it.

It works with whatever login it is given and changes nothing: what that login may not see is skipped, with the reason.
Each module here looks at one part; a check is one function from a connection (or the variables) to a Check."""

from xnovu.doctor.check import Check, Status, is_well
from xnovu.doctor.examine import examine
from xnovu.doctor.show import as_json, show

__all__ = ["Check", "Status", "as_json", "examine", "is_well", "show"]
