"""Clients of boto3 without what makes them slow: a new session lists and parses 3 MB of models, 0.13 s a client."""

import functools
import pickle
from typing import Any

import boto3
from botocore.loaders import JSONFileLoader, Loader

from s3kms.demo.aws import EmbeddedAws

_parse = JSONFileLoader.load_file
_list_services = Loader.list_available_services


def read_models_once() -> None:
    """Let this process list and parse botocore's files once, and not for every session."""
    JSONFileLoader.load_file = _read  # type: ignore[method-assign, assignment]
    Loader.list_available_services = lambda self, type_name: list(  # type: ignore[method-assign]
        _services(tuple(self.search_paths), type_name)
    )


def client_of(aws: EmbeddedAws, account: str, service: str, region: str) -> Any:
    """A client of an account. It is shared: for reading and writing, not for what a test does to a client."""
    return _client(aws.url, *aws.credentials(account).values(), service, region)


@functools.cache
def _client(url: str, key: str, secret: str, service: str, region: str) -> Any:
    session: Any = boto3.Session(key, secret, region_name=region)
    return session.client(service, endpoint_url=url)


def _read(_: JSONFileLoader, file_path: str) -> Any:
    """What a file of botocore's says; of a service a copy, because a client writes into it."""
    return pickle.loads(_pickled(file_path)) if file_path.endswith("service-2") else _parsed(file_path)


@functools.cache
def _parsed(path: str) -> Any:
    return _parse(JSONFileLoader(), path)


@functools.cache
def _pickled(path: str) -> bytes:
    return pickle.dumps(_parse(JSONFileLoader(), path))


@functools.cache
def _services(paths: tuple[str, ...], type_name: str) -> list[str]:
    loader = Loader(include_default_search_paths=False)
    loader.search_paths.extend(paths)
    return _list_services(loader, type_name)
