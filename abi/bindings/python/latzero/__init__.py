"""latzero: named pools of shared memory that processes on one machine use as a dictionary.

This is the thin layer over the C library: Client has the verbs, Error is what a failure raises, and the constants are
those of latzero.h in groups.
"""

from ._generated import (CheckFlag, Cipher, ClientFlag, ConnectFlag, FindingKind, HoldsFlag, Kind, Part, PoolFlag,
                         RekeyFlag, State, Status, ValueFlag)
from .client import Client, Value, native, pool_list, stored
from .library import Error, call

__all__ = ["CheckFlag", "Cipher", "Client", "ClientFlag", "ConnectFlag", "Error", "FindingKind", "HoldsFlag", "Kind",
           "Part", "PoolFlag", "RekeyFlag", "State", "Status", "Value", "ValueFlag", "call", "native", "pool_list",
           "stored"]
