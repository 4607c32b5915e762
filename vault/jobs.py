"""Work that outlives a request: rows committed with what asks for them, leased to one worker at a time.

A worker that dies loses its lease, and the job is taken up again; the fencing number keeps a worker that was thought
dead from finishing over its successor. A job carries ids only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from vault.tables import Job
from vault.vault import Vault, new_id

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Claim:
    """A job in this worker's hands until its lease ends."""

    job_id: str
    document_id: str
    fence: int
    attempt: int


def ask(vault: Vault, session: Session, kind: str, document_id: str) -> None:
    """Puts a job into the caller's transaction."""
    session.add(
        Job(id=new_id("job"), kind=kind, document_id=document_id, state="waiting", created_at=vault.clock())
    )


def claim(vault: Vault, kind: str) -> Claim | None:
    """Takes the oldest job that waits or whose worker has let its lease run out; None if there is none."""
    now = vault.clock()
    with vault.database.read() as session:
        if session.exec(_takeable(kind, now)).first() is None:
            return None  # an idle worker must not take the write lock
    with vault.database.write() as session:
        job = session.exec(_takeable(kind, now)).first()
        if job is None:
            return None
        job.state, job.lease_until = "running", now + LEASE
        job.attempts += 1
        job.fence += 1
        session.add(job)
        return Claim(job.id, job.document_id, job.fence, job.attempts)


def renew(vault: Vault, session: Session, held: Claim) -> bool:
    """Extends the lease within the caller's transaction; False if the job is no longer ours."""
    job = session.get(Job, held.job_id)
    if job is None or job.fence != held.fence or job.state != "running":
        return False
    job.lease_until = vault.clock() + LEASE
    session.add(job)
    return True


def finish(session: Session, held: Claim, state: str) -> bool:
    """Ends the job within the caller's transaction; False if it is no longer ours."""
    job = session.get(Job, held.job_id)
    if job is None or job.fence != held.fence or job.state != "running":
        return False
    job.state, job.lease_until = state, None
    session.add(job)
    return True


def put_back(vault: Vault, held: Claim, delay: timedelta, *, counted: bool) -> None:
    """Leaves the job to be taken up again after `delay`. Not `counted`: the attempt was nobody's fault."""
    with vault.database.write() as session:
        job = session.get(Job, held.job_id)
        if job is not None and job.fence == held.fence and job.state == "running":
            job.lease_until = vault.clock() + delay
            job.attempts -= 0 if counted else 1
            session.add(job)


def _takeable(kind: str, now: datetime) -> SelectOfScalar[Job]:
    return (
        select(Job)
        .where(Job.kind == kind)
        .where(or_(Job.state == "waiting", (col(Job.state) == "running") & (col(Job.lease_until) < now)))
        .order_by(col(Job.created_at))
        .limit(1)
    )
