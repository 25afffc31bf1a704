"""Whatever shape a secret comes in, it does not come out; and what only looks like one stays."""

from __future__ import annotations

import time

import pytest

from i2v.logs.secrets import Secrets, secrets_of

S = "S3cr3tV4lue"


@pytest.mark.parametrize(
    "text",
    [
        f"hf_{S}",
        f"token hf_{S}, ok",
        f"Authorization: Bearer {S}",
        f"authorization: Basic {S}==",
        f"{{'Authorization': 'Bearer {S}', 'host': 'x'}}",
        f"[(b'cookie', b'i2v_token_7860={S}; other={S}'), (b'host', b'x')]",
        f"Cookie: i2v_token_7860={S}; a={S}",
        f"Set-Cookie: i2v_token_7860={S}; HttpOnly",
        f"GET /?token={S}&view=1 HTTP/1.1",
        f"http://host:7860/?token={S}",
        f"https://cdn/x?X-Amz-Signature={S}&X-Amz-Credential={S}&Policy={S}&Key-Pair-Id={S}",
        f"https://hub/x?access_token={S}",
        f"HF_TOKEN={S} python main.py",
        f"{{'HF_TOKEN': '{S}', 'PATH': '/bin'}}",
        f"api_key='{S}'",
        f"http://user:{S}@proxy:3128",
        f"sk-{S}",
        f"ghp_{S}",
        f"next=%2F%3Ftoken%3D{S}",
        f"x-api-key: {S}",
        f"proxy-authorization: {S}",
    ],
)
def test_no_shape_lets_a_secret_through(text: str) -> None:
    assert S not in Secrets([]).redact(text)
    assert S not in Secrets([]).redact(f"before {text} after\nnext line")


@pytest.mark.parametrize(
    "text",
    [
        "job 5f1c0e9d: begins (i2vgen-xl)",
        "the model reads 77 tokens; of prompt it does not see 12 tokens",
        "https://huggingface.co/ali-vilab/i2vgen-xl/resolve/main/vae.safetensors?download=true",
        "ratio 3:4, at 10:20:30, C:\\Users\\me\\models",
        "error 1a2b3c4d at POST /api/v1/jobs",
        "shelf_life is half_time",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Secrets([]).redact(text) == text


def test_known_values_go_wherever_they_stand_the_longer_one_first() -> None:
    secrets = Secrets(["abcdefgh", "abcdefgh-ijkl", "short"])
    assert secrets.redact("x=abcdefgh-ijkl/abcdefgh short") == "x=…/… short"


def test_variables_are_known_by_their_names() -> None:
    environment = {
        "HF_TOKEN": "one",
        "HUGGING_FACE_HUB_TOKEN": "two",
        "OPENAI_API_KEY": "three",
        "AWS_SECRET_ACCESS_KEY": "four",
        "DB_PASSWORD": "five",
        "TOKENIZERS_PARALLELISM": "no",
        "HF_TOKEN_PATH": "/no",
        "KEYBOARD": "no",
    }
    assert sorted(secrets_of(environment)) == ["five", "four", "one", "three", "two"]


@pytest.mark.parametrize("text", ["a-" * 80_000, "token" * 32_000, "Cookie " * 20_000, "://" * 50_000, "Basic  " * 20_000])
def test_texts_made_to_be_slow_are_not(text: str) -> None:
    began = time.process_time()
    Secrets(["abcdefgh"]).redact(text)
    assert time.process_time() - began < 2
