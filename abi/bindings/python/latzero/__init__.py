"""latzero: named pools of shared memory that processes on one machine use as a dictionary.

This is the thin layer over the C library: Client has the verbs, Error is what a failure raises, and the constants are
those of latzero.h in groups.
"""

from ._generated import (STRIPES, CheckFlag, Cipher, ClientFlag, ConnectFlag, EventFlag, EventKind, FindingKind,
                         HoldsFlag, Kind, Part, PoolFlag, RekeyFlag, State, Status, ValueFlag)
from .client import Client, pool_list
from .library import Error, call, from_json, to_json
from .subscription import Subscription
from .values import Value, native, stored
from .watch import Event, Watch

__all__ = ["STRIPES", "CheckFlag", "Cipher", "Client", "ClientFlag", "ConnectFlag", "Error", "Event", "EventFlag",
           "EventKind", "FindingKind", "HoldsFlag", "Kind", "Part", "PoolFlag", "RekeyFlag", "State", "Status",
           "Subscription", "Value", "ValueFlag", "Watch", "call", "from_json", "native", "pool_list", "stored",
           "to_json"]
