"""The sample for Kubernetes has one writer, a volume of one pod, no open port and no secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.http.security import ListenConfig
from tests.command_words import parsed

DEPLOY = Path(__file__).resolve().parents[3] / "docs" / "deploy"
PARTS: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def part(kind: str) -> dict[str, Any]:
    """The spec of the one thing of this kind."""
    (found,) = (one for one in PARTS if one["kind"] == kind)
    spec: dict[str, Any] = found["spec"]
    return spec


POD = part("StatefulSet")["template"]["spec"]
SERVER = POD["containers"][0]
CONTAINERS = [*POD["initContainers"], *POD["containers"]]


def test_a_home_has_one_writer_and_a_volume_that_one_pod_has() -> None:
    assert part("StatefulSet")["replicas"] == 1
    (claim,) = part("StatefulSet")["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert {"name": claim["metadata"]["name"], "mountPath": "/data"} in SERVER["volumeMounts"]
    assert len(POD["containers"]) == 1


def test_the_server_is_started_by_words_that_it_knows() -> None:
    options = parsed(SERVER["args"])
    assert (options["host"], options["port"]) == ("0.0.0.0", 7860)
    assert options["fence"].startswith("s3://")
    door = ListenConfig.choose(
        options["host"], options["behind_proxy"], options["public_url"], options["proxy_address"]
    )
    assert door.https
    assert door.answers("10.1.2.3"), "kubelet asks for /healthz by the address of the pod"
    assert options["public_url"] == f"https://{part('Ingress')['rules'][0]['host']}"
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert SERVER[name]["httpGet"] == {"path": "/healthz", "port": "http"}
    first, second = (container["args"] for container in POD["initContainers"])
    assert parsed(first) is not None
    added = re.search(r"python -m app (users add \w+) <", second[0])
    assert added
    assert parsed(added[1].split()) is not None


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container["name"])
def test_a_container_takes_what_it_needs_and_may_do_little(container: dict[str, Any]) -> None:
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not container["image"].endswith(":latest")
    assert ":" in container["image"]


def test_the_pod_runs_as_the_user_of_the_image() -> None:
    (uid,) = re.findall(r"useradd --uid (\d+)", (DEPLOY / "Dockerfile").read_text())
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == POD["securityContext"]["fsGroup"] == int(uid)
    assert POD["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & POD.keys()


def test_no_port_is_public_but_by_tls() -> None:
    assert part("Service")["type"] == "ClusterIP"
    assert not any("hostPort" in port for port in SERVER["ports"])
    ingress = part("Ingress")
    hosts = {rule["host"] for rule in ingress["rules"]}
    assert hosts == {host for tls in ingress["tls"] for host in tls["hosts"]}
    assert all(tls["secretName"] for tls in ingress["tls"])
    (rule,) = part("NetworkPolicy")["ingress"]
    assert all("namespaceSelector" in source for source in rule["from"])
    labels = part("StatefulSet")["template"]["metadata"]["labels"]
    assert part("Service")["selector"] == labels
    assert part("NetworkPolicy")["podSelector"]["matchLabels"] == labels


def test_no_secret_stands_in_clear() -> None:
    assert "Secret" not in {one["kind"] for one in PARTS}
    for container in CONTAINERS:
        for said in container.get("env", ()):
            secret = re.search(r"KEY|SECRET|TOKEN|PASS", said["name"])
            assert bool(secret) == ("valueFrom" in said), said["name"]
