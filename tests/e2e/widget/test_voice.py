"""Recording a voice note: what the browser can record, in the box that WhatsApp plays."""

import pytest
from playwright.async_api import Error, Page

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

RECORDED = """async (file) => {
  const { toOgg } = await import(new URL(file, document.querySelector("script[type=module]").src));
  const context = new AudioContext();
  const tone = new OscillatorNode(context);
  const heard = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(heard);
  tone.start();
  const recorder = new MediaRecorder(heard.stream, { mimeType: "audio/webm;codecs=opus" });
  const chunks = [];
  recorder.ondataavailable = (event) => chunks.push(event.data);
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start(100);
  await new Promise((resolve) => setTimeout(resolve, 700));
  recorder.stop();
  await stopped;
  const ogg = await toOgg(await new Blob(chunks).arrayBuffer()).arrayBuffer();
  const { duration, numberOfChannels } = await context.decodeAudioData(ogg.slice());
  return { begins: new TextDecoder().decode(ogg.slice(0, 4)), duration, numberOfChannels };
}"""


async def test_a_recording_becomes_a_voice_note(page: Page) -> None:
    """What the browser records in WebM is put into Ogg, which WhatsApp plays: a decoder hears all of it."""
    told = await page.evaluate(RECORDED, "composer/ogg.js")
    assert told["begins"] == "OggS"
    assert told["numberOfChannels"] == 1
    assert 0.3 < told["duration"] < 3


async def test_what_is_no_recording_is_refused(page: Page) -> None:
    with pytest.raises(Error, match="no Opus"):
        await page.evaluate(
            """async (file) => {
          const { toOgg } = await import(new URL(file, document.querySelector("script[type=module]").src));
          toOgg(new Uint8Array([1, 2, 3, 4]).buffer);
        }""",
            "composer/ogg.js",
        )
