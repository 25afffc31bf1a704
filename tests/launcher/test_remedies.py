"""What to do, by what pip or an import said."""

from __future__ import annotations

import pytest

from launch.remedies import way_out


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'torch\\\\c10'", "virus"),
        ("[WinError 32] The process cannot access the file because it is being used by another process", "virus"),
        ('OSError: [WinError 126] Error loading "torch\\lib\\c10.dll" or one of its dependencies.', "Visual C++"),
        ("ImportError: DLL load failed while importing cv2: The specified module could not be found.", "Visual C++"),
        ("DLL load failed: An Application Control policy has blocked this file.", "Smart App Control"),
        ("OSError: [Errno 28] No space left on device", "disk space"),
        ("FileNotFoundError: [WinError 206] The filename or extension is too long", "C:\\i2v"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "another mirror"),
        ("error: Hash mismatch for `small==1.0`", "another mirror"),
        ("OSError: [Errno 13] Permission denied: '/srv/i2v'", "that you can write to"),
        ("No matching distribution found for small==1.0", "else"),
        ("[WinError 50] The request is not supported", "else"),
    ],
)
def test_each_cause_has_its_remedy(said: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    assert remedy in way_out(said, "else")
