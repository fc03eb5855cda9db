"""One step, tried: whatever goes wrong in it is a finding, and only what the vendor calls an auth failure is one."""

from xyper_engine.errors import AuthRefused, Misconfigured, Rejected, SendError, Unsupported, XyperError
from xyper_engine.steps import Called, Finding, Look, Step, Work


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
        return Finding("unknown", "That should not have happened; the log says where it did.", "Try again, or tell us.")


def _finding(error: XyperError) -> Finding:
    if isinstance(error, AuthRefused):
        return Finding("failed", str(error), "Store credentials that hold, then go on.", auth=True)
    if isinstance(error, Misconfigured | Rejected | Unsupported):
        return Finding("failed", str(error), "Mend that, then go on.")
    return Finding("unknown", str(error), "Try again in a while; nothing is known to be wrong with the account.")


def _noted(correlation: str, work: Work) -> bool:
    return any(call.correlation == correlation for call in work.calls)
