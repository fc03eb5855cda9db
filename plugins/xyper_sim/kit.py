"""What both simulated vendors are built from, in one struct that is handed to each."""

from dataclasses import dataclass
from random import Random

from xyper_sim.files import Files
from xyper_sim.knobs import SIDES, Gate, Side
from xyper_sim.live import Live
from xyper_sim.settings import SimSettings
from xyper_sim.tasks import Tasks
from xyper_sim.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Kit:
    settings: SimSettings
    gates: dict[Side, Gate]
    live: Live
    tasks: Tasks
    webhooks: Webhooks
    files: Files

    def scaled(self, seconds: float) -> float:
        """A simulated vendor's delay in real seconds."""
        return seconds * self.settings.time_scale

    async def close(self) -> None:
        """End all background work; a simulator that is closed stays closed."""
        self.live.close()
        await self.tasks.close()
        await self.webhooks.close()
        self.files.close()


def make_kit(settings: SimSettings) -> Kit:
    gates: dict[Side, Gate] = {side: Gate(Random(settings.seed)) for side in SIDES}
    live, tasks = Live(), Tasks()
    webhooks = Webhooks(
        gates, live, tasks, time_scale=settings.time_scale, log=settings.log, keep_alive=settings.keep_alive
    )
    live.offer("webhooks", lambda: webhooks.views(with_body=False)[-200:])
    return Kit(settings, gates, live, tasks, webhooks, Files())
