"""What is written to the operations log about service hours."""

from madoguchi.operations_log import Event


class HoursEvent(Event):
    """Staff entered a stoppage, or ended one."""

    STOPPAGE_ENTERED = "service-hours:stoppage:entered"
    STOPPAGE_ENDED = "service-hours:stoppage:ended"
