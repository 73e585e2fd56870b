"""Turns a moment of speech into a vector that is alike for one voice and unlike for two.

The speaker encoder of Wan et al., "Generalized End-to-End Loss for Speaker Verification" (2018),
with the weights that Resemblyzer published: three LSTM layers over 40 mel bands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAME = "ge2e"
VERSION = "ge2e-1"
RATE = 16_000
BANDS = 40
FFT = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
FRAMES = 160  # of a window: 1.6 s, what the network was trained on
QUIET_POWER = 0.37  # of all bands at -30 dB of full scale, up to which training raised the quiet
BATCH = 256  # windows at once

Vectors = NDArray[np.float32]


class VoiceEncoder:
    """The network, on the CPU."""

    def __init__(self, folder: Path, threads: int = 2) -> None:
        """Loads ``ge2e.pt`` from the folder of the bundle "voice", to run on ``threads`` threads.

        Raises:
            FileNotFoundError: it is not there.
        """
        path = folder / "ge2e.pt"
        if not path.is_file():
            raise FileNotFoundError(f"no voice model at {path}; run `egobutler models fetch voice`")
        import torch

        state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
        self._lstm: Any = torch.nn.LSTM(BANDS, 256, 3, batch_first=True)
        self._linear: Any = torch.nn.Linear(256, 256)
        for layer, prefix in ((self._lstm, "lstm."), (self._linear, "linear.")):
            layer.load_state_dict(
                {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            )
        self._filters = mel_filters()
        self._threads = threads

    def power(self, samples: NDArray[np.float32]) -> Vectors:
        """Power in mel bands, (hundredths of a second, 40)."""
        padded = np.pad(samples.astype(np.float32), FFT // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP]
        window = np.hanning(FFT + 1)[:-1].astype(np.float32)
        # A minute at a time: the spectra of long sound would fill the memory.
        parts = [frames[i : i + 6000] for i in range(0, len(frames), 6000)]
        spectra = (np.fft.rfft(part * window, axis=1).astype(np.complex64) for part in parts)
        return np.concatenate([np.abs(spectrum) ** 2 @ self._filters.T for spectrum in spectra])

    def embed(self, windows: Vectors) -> Vectors:
        """Unit vectors (n, 256) of windows of features (n, 160, 40)."""
        import torch

        outputs = [np.zeros((0, 256), np.float32)]
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            with torch.inference_mode():
                for first in range(0, len(windows), BATCH):
                    part = torch.from_numpy(np.ascontiguousarray(windows[first : first + BATCH]))
                    _, (hidden, _) = self._lstm(part)
                    outputs.append(torch.relu(self._linear(hidden[-1])).numpy())
        finally:
            torch.set_num_threads(before)
        return unit(np.concatenate(outputs))


def noise_floor(power: Vectors) -> Vectors:
    """The power (40,) that each band has even while nobody speaks, doubled for its swing."""
    return np.asarray(np.quantile(power, 0.15, axis=0) * 2, np.float32)


def cleaned(power: Vectors, floor: Vectors) -> Vectors:
    """The power of a stretch of speech less the noise, raised to what training knew if quiet.

    Without it two voices in the hiss of one room are more alike than one voice in two rooms.
    """
    clear = np.maximum(power - floor, 0.01 * power)
    level = float(clear.sum(axis=1).mean())
    return np.asarray(clear * (QUIET_POWER / level) if 0 < level < QUIET_POWER else clear)


def unit(vectors: Vectors) -> Vectors:
    """The vectors (…, dimension) at length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def mel_filters() -> Vectors:
    """Slaney's mel filters, (40, 201), each of unit area: the ones the network was trained on."""
    from faster_whisper.feature_extractor import FeatureExtractor

    return np.asarray(FeatureExtractor.get_mel_filters(RATE, FFT, BANDS), np.float32)
