"""One step, tried: whatever goes wrong in it is a finding, and only what the vendor calls an auth failure is one."""

from xyper_engine.errors import AuthRefused, Misconfigured, Rejected, SendError, Unsupported, XyperError
from xyper_engine.saying import said
from xyper_engine.steps import Called, Finding, Look, Step, Work

_TELL = said("step.bug.todo", "Try again, or tell us.")
_STORE = said("step.auth.todo", "Store credentials that hold, then go on.")
_MEND = said("step.refused.todo", "Mend that, then go on.")
_LATER = said("step.unknown.todo", "Try again in a while; nothing is known to be wrong with the account.")


async def look(step: Step, work: Work) -> Finding:
    """How it stands; nothing is changed. Never raises, save what ends the process."""
    return await _tried(step.look, step, work)


async def make(step: Step, work: Work) -> Finding:
    """Look and, where it is missing, mend."""
    found = await look(step, work)
    if found.state == "missing" and step.mend is not None:
        found = await _tried(step.mend, step, work)
    return found


async def _tried(do: Look, step: Step, work: Work) -> Finding:
    try:
        return await do(work)
    except XyperError as error:
        if isinstance(error, SendError) and error.correlation and not _noted(error.correlation, work):
            work.calls.append(Called(step.name, error.code, error.correlation))
        return _finding(error)
    except Exception:
        work.rt.log.exception("bug", task="onboarding", step=step.name, tenant=work.account.tenant)
        return Finding("unknown", said("step.bug", "That should not have happened; the log says where it did."), _TELL)


def _finding(error: XyperError) -> Finding:
    if isinstance(error, AuthRefused):
        return Finding("failed", str(error), _STORE, auth=True)
    if isinstance(error, Misconfigured | Rejected | Unsupported):
        return Finding("failed", str(error), _MEND)
    return Finding("unknown", str(error), _LATER)


def _noted(correlation: str, work: Work) -> bool:
    return any(call.correlation == correlation for call in work.calls)
