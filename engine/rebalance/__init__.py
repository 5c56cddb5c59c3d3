"""Rebalance day: from the close of a session to order files that a second person signed before the next open."""

from engine.rebalance.accounts import Account, accounts
from engine.rebalance.approval import approve, audit_holds
from engine.rebalance.budget import StepTime, timeline
from engine.rebalance.calendar import current, last_closed, last_scheduled, next_scheduled, scheduled, sessions, window
from engine.rebalance.gates import Gate, Override
from engine.rebalance.history import run_ids
from engine.rebalance.job import Job, again, plan
from engine.rebalance.keep import RUNS_VARIABLE, runs_dir
from engine.rebalance.rehearse import Rehearsal, rehearsal_days, rehearse
from engine.rebalance.run import RunResult, dry_run, latest, read, run

__all__ = [
    "RUNS_VARIABLE",
    "Account",
    "Gate",
    "Job",
    "Override",
    "Rehearsal",
    "RunResult",
    "StepTime",
    "accounts",
    "again",
    "approve",
    "audit_holds",
    "current",
    "dry_run",
    "last_closed",
    "last_scheduled",
    "latest",
    "next_scheduled",
    "plan",
    "read",
    "rehearsal_days",
    "rehearse",
    "run",
    "run_ids",
    "runs_dir",
    "scheduled",
    "sessions",
    "timeline",
    "window",
]
