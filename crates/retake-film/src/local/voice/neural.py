"""Speaks sentences with the voice `heart` and says when each of their sounds comes.

Reads {"sentences": [[word, ...], ...]} and writes one line of JSON, then the samples of all sentences, 16 bits each:
{"rate": 24000, "sentences": [{"samples": n, "sounds": [[letter, begin, end], ...], "words": [[letter, ...], ...]}]}
The sounds are what the sentence has, the words are what each of its words has when it is said alone.
"""
import functools
import json
import sys

DURATIONS = b"/Clip_output_0"
STRESS = "ˈˌ"


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def exposed(model):
    """The model with one output more, how long each sound lasts: a message that comes twice is merged."""
    return model + field(7, field(12, field(1, DURATIONS)))


def is_sound(letter):
    return letter.isalpha() and letter not in STRESS


def timed(symbols, ends):
    """The sounds with their times; a mark of stress belongs to the sound after it."""
    sounds, begin, open_since = [], 0, None
    for symbol, end in zip(symbols, ends):
        if symbol and symbol in STRESS:
            open_since = begin if open_since is None else open_since
        elif is_sound(symbol):
            sounds.append([symbol, begin if open_since is None else open_since, end])
            open_since = None
        begin = end
    return sounds


def main():
    wish = json.loads(sys.stdin.buffer.read())
    import numpy as np
    from hibari import Hibari, dsp, voices

    with open(voices.voice_path("heart", download_missing=False), "rb") as file:
        voice = Hibari(model=exposed(file.read()), threads=1)

    @functools.lru_cache(maxsize=None)
    def alone(word):
        return [letter for letter in voice.g2p(word) if is_sound(letter) and letter in voice.vocab]

    answer, waves = [], []
    for words in wish["sentences"]:
        random, sounds, length = np.random.default_rng(0), [], 0
        for phonemes in voice.phonemize(" ".join(words)):
            symbols = ["", *(letter for letter in phonemes if letter in voice.vocab), ""]
            if not any(map(is_sound, symbols[1:-1])):
                continue
            wish_of = {"ids": np.array([voice.ids(phonemes)], np.int64), "speed": np.array([1.0], np.float32)}
            *spectra, lasting = voice.sess.run(None, wish_of)
            lasting = lasting.reshape(-1).astype(np.float64)
            if len(lasting) != len(symbols):
                sys.exit("the voice gives %d lengths for %d sounds" % (len(lasting), len(symbols)))
            wave = dsp.synth(*(part[0] for part in spectra), random)
            ends = length + np.rint(np.cumsum(lasting) * len(wave) / lasting.sum()).astype(int)
            sounds += timed(symbols, ends.tolist())
            waves.append((np.clip(wave, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
            length += len(wave)
        answer.append({"samples": length, "sounds": sounds, "words": [alone(word) for word in words]})
    header = json.dumps({"rate": voice.sample_rate, "sentences": answer})
    sys.stdout.buffer.write(header.encode() + b"\n")
    for wave in waves:
        sys.stdout.buffer.write(wave)
    sys.stdout.buffer.flush()


try:
    main()
except Exception as error:
    # Its last words are read by people.
    sys.exit(f"{type(error).__name__}: {error}")
