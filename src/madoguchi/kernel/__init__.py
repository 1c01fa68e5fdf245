"""The ground that needs no input or output: values, time, journeys, base outcomes and errors."""
