"""A lease as an object of S3, or of any storage that speaks S3 and writes on condition.

Amazon S3 (since November 2024), MinIO, Ceph and Cloudflare R2 do; storage that writes although the
condition does not hold is refused. Credentials, region and ``AWS_ENDPOINT_URL`` are found as boto3
finds them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from app.core.errors import PersonError
from memory.db.fence import Lease, LeaseConflict

_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")
_MISSING = ("NoSuchKey", "404")
_PATIENCE = 4.0  # seconds for one request: a renewal has to come in time


class ObjectLease:
    """The object at ``s3://BUCKET/KEY``."""

    def __init__(self, url: str) -> None:
        """Raises PersonError where the address is none, or boto3 is not installed."""
        parts = urlsplit(url)
        self._bucket, self._key = parts.netloc, parts.path.lstrip("/")
        if parts.scheme != "s3" or not self._bucket or not self._key:
            raise PersonError(f"{url} is no place of a fence; it looks like s3://BUCKET/NAME")
        try:
            import boto3
            import botocore.exceptions
            from botocore.config import Config
        except ImportError:
            raise PersonError(
                "a fence takes boto3, which is not installed: pip install 'egobutler[fence]'"
            ) from None
        self._failed: type[Exception] = botocore.exceptions.ClientError
        config = Config(
            connect_timeout=_PATIENCE, read_timeout=_PATIENCE, retries={"total_max_attempts": 1}
        )
        self._client: Any = boto3.client("s3", config=config)

    def read(self) -> tuple[Lease, str] | None:
        """The lease and its ETag; None where there is none."""
        try:
            reply = self._client.get_object(Bucket=self._bucket, Key=self._key)
        except self._failed as error:
            if _code(error) in _MISSING:
                return None
            raise
        return Lease.from_json(reply["Body"].read()), str(reply["ETag"])

    def write(self, lease: Lease, tag: str | None) -> str:
        """Puts the object with ``If-Match``, or ``If-None-Match`` where there is none yet.

        Raises:
            LeaseConflict: somebody else was faster.
            PersonError: the storage knows no conditions.
        """
        if tag is None:
            self._require_conditions()
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            reply = self._client.put_object(
                Bucket=self._bucket, Key=self._key, Body=lease.to_json(), **condition
            )
        except self._failed as error:
            if _code(error) in (*_CONFLICTS, *_MISSING):
                raise LeaseConflict from error
            raise
        return str(reply["ETag"])

    def _require_conditions(self) -> None:
        """A condition that cannot hold: there is no such object, nor one with this tag."""
        probe = f"{self._key}.probe"
        try:
            self._client.put_object(Bucket=self._bucket, Key=probe, Body=b"", IfMatch='"none"')
        except self._failed as error:
            if _code(error) in (*_CONFLICTS, *_MISSING):
                return
            raise
        self._client.delete_object(Bucket=self._bucket, Key=probe)
        raise PersonError(
            f"the storage of s3://{self._bucket} writes although a condition does not hold: it "
            "cannot hold a fence"
        )


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
