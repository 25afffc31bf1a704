"""The address that a reverse proxy shows the app under: how it may be written, and what headers mean it."""

from __future__ import annotations

import pytest

from i2v.domain.address import Address, read_address


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://video.example.org", Address("https", "video.example.org")),
        ("https://video.example.org/", Address("https", "video.example.org")),
        ("HTTPS://Video.Example.org:443/i2v/", Address("https", "video.example.org", "/i2v")),
        ("http://video.example.org:080/a/B_c~d.e", Address("http", "video.example.org", "/a/B_c~d.e")),
        ("https://video.example.org:8443/i2v", Address("https", "video.example.org:8443", "/i2v")),
        ("http://192.168.1.5:8080/i2v", Address("http", "192.168.1.5:8080", "/i2v")),
        ("https://[2001:DB8::0:1]:8443", Address("https", "[2001:db8::1]:8443")),
        ("https://bücher.example/i2v", Address("https", "xn--bcher-kva.example", "/i2v")),
    ],
)
def test_an_address_is_read_as_browsers_send_it(written: str, read: Address) -> None:
    assert read_address(written) == read
    assert read_address(read.url) == read


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "video.example.org",
        "video.example.org/i2v",
        "https://",
        "https:///i2v",
        "https://*",
        "https://*.example.org",
        "https://.example.org",
        "https://video..example.org",
        "https://user:word@video.example.org",
        "https://video.example.org:",
        "https://video.example.org:0",
        "https://video.example.org:65536",
        "https://video.example.org:https",
        "https://video.example.org/i2v?x=1",
        "https://video.example.org/i2v?",
        "https://video.example.org/#i2v",
        "https://video.example.org//i2v",
        "https://video.example.org/../i2v",
        "https://video.example.org/a b",
        "https://video.example.org/%69",
        "https://video.example.org/i2v;x",
        "https://video.example.org/<b>",
        "https://video.example.org\n/i2v",
        "https://video.example.org, https://evil.example",
        "https://[::1",
        "https://[::1%eth0]",
        "ftp://video.example.org",
        "file:///i2v",
    ],
)
def test_what_is_no_single_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_address(written)


def test_headers_mean_it_only_with_its_own_scheme_name_and_port() -> None:
    address = read_address("https://video.example.org/i2v")
    assert address.names("Video.example.org")
    assert address.names("video.example.org:443")
    for host in ("", "video.example.org:80", "video.example.org:7860", "video.example.org.", "a.video.example.org"):
        assert not address.names(host)
    assert address.sends("https://video.example.org")
    for origin in ("null", "http://video.example.org", "https://video.example.org:80", "https://evil.example"):
        assert not address.sends(origin)
