"""What libcurl can do by itself: pycurl's multi interface, the product's signer, expat. No retries, no product."""

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote, urlsplit

import pycurl
from benchmarks.answers import PARSERS, leaves
from benchmarks.signing import PreparedSigner, Where
from botocore.credentials import Credentials

_WAIT_SECONDS = 1.0
_OWNER = (("x-amz-expected-bucket-owner", "100000000000"),)


class CurlLoop:
    """Gets with a fixed number of handles, each with its connection."""

    def __init__(self, url: str, bundle: str, concurrency: int) -> None:
        self._url = url
        self._host = urlsplit(url).netloc
        self._multi = pycurl.CurlMulti()
        self._idle = [self._new_handle(bundle) for _ in range(concurrency)]
        self._busy: dict[pycurl.Curl, tuple[str, io.BytesIO]] = {}
        self.signer = cache(self._new_signer)

    def _new_handle(self, bundle: str) -> pycurl.Curl:
        handle = pycurl.Curl()
        handle.setopt(pycurl.NOSIGNAL, 1)
        if bundle:
            handle.setopt(pycurl.CAINFO, bundle)
        return handle

    def _new_signer(self, region: str) -> PreparedSigner:
        return PreparedSigner(Where(Credentials("AKIASTUB", "s" * 40), region, self._host, _OWNER))

    def _start(self, handle: pycurl.Curl, name: str, region: str, path: str, query: str) -> None:
        headers = self.signer(region).headers(path, query)
        body = io.BytesIO()
        handle.setopt(pycurl.URL, f"{self._url}{path}?{query}")
        handle.setopt(pycurl.HTTPHEADER, [f"{key}: {value}" for key, value in headers.items()])
        handle.setopt(pycurl.WRITEDATA, body)
        self._busy[handle] = name, body

    def get(self, path: str, query: str) -> bytes:
        """The body of one answer."""
        handle = self._idle[-1]
        self._start(handle, "", "us-east-1", path, query)
        handle.perform()
        return self._busy.pop(handle)[1].getvalue()

    def listed(self) -> Iterator[tuple[str, str]]:
        """The name and the region of every bucket."""
        token = ""
        while True:
            query = "max-buckets=1000"
            if token:
                query = f"continuation-token={quote(token, safe='')}&{query}"
            found = leaves(self.get("/", query))
            yield from zip(found["Name"], found["BucketRegion"], strict=True)
            token = found.get("ContinuationToken", [""])[0]
            if not token:
                return

    def run(self) -> None:
        """Every bucket, printed as it comes."""
        rows = list(self.listed())[::-1]
        while rows or self._busy:
            while rows and self._idle:
                name, region = rows.pop()
                handle = self._idle.pop()
                self._start(handle, name, region, f"/{name}", "encryption=")
                self._multi.add_handle(handle)
            self._multi.select(_WAIT_SECONDS)
            self._multi.perform()
            _, done, failed = self._multi.info_read()
            for handle, _, why in failed:
                raise SystemExit(f"{self._busy[handle][0]}: {why}")
            for handle in done:
                self._print(handle)

    def _print(self, handle: pycurl.Curl) -> None:
        name, body = self._busy.pop(handle)
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        self._multi.remove_handle(handle)
        self._idle.append(handle)
        line: dict[str, object] = {"bucket": name, "error": status}
        if status == 200:
            rule = PARSERS["expat"](body.getvalue())
            line = {"bucket": name, "algorithm": rule.algorithm, "key": rule.key}
        sys.stdout.write(json.dumps(line) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, default=16)
    chosen = parser.parse_args()
    environment = os.environ
    CurlLoop(environment["AWS_ENDPOINT_URL"], environment.get("AWS_CA_BUNDLE", ""), chosen.concurrency).run()


if __name__ == "__main__":
    main()
