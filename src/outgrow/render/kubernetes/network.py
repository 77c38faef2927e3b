"""Who may talk to whom, and how people reach the cluster."""

from __future__ import annotations

from outgrow.render.kubernetes.facts import Object, metadata, service_port
from outgrow.render.kubernetes.placement import Cluster, exposed, host_of
from outgrow.render.kubernetes.slots import gateway_namespace, has_route
from outgrow.render.system.model import Part, Role, System
from outgrow.render.writers.yaml_text import Commented, Yaml

_METADATA_ADDRESS = "169.254.169.254/32"
_POD_IDENTITY_ADDRESS = "169.254.170.23/32"
_HTTPS = 443
_SUPAVISOR_PORT = 6543


def namespace_policies(system: System) -> list[Object]:
    """Return what holds for every pod of the namespace: nothing passes but names are found."""
    return [
        _policy(system, "default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        _policy(
            system,
            "allow-dns",
            {
                "podSelector": {},
                "policyTypes": ["Egress"],
                "egress": [
                    {
                        "to": [_namespace("kube-system", {"k8s-app": "kube-dns"})],
                        "ports": [_port(53, "UDP"), _port(53, "TCP")],
                    }
                ],
            },
        ),
    ]


def part_policy(cluster: Cluster, part: Part) -> Object:
    """Return what may reach `part` and what it may reach, from the links of the strategy."""
    spec: Object = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": part.name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress_rules(cluster, part),
        "egress": _egress_rules(cluster, part),
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(cluster.system, part),
        "spec": spec,
    }


def ingress(cluster: Cluster, part: Part) -> Object:
    """Return the way in from outside, over TLS."""
    host = host_of(part)
    backend: Object = {"service": {"name": part.name, "port": {"name": service_port(part)}}}
    rule: Object = {"host": host} if host else {}
    rule["http"] = {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}
    tls: Object = {"hosts": [host]} if host else {}
    if cluster.front != "alb":
        tls["secretName"] = f"{part.name}-tls"
    spec: Object = {}
    if cluster.front != "default":
        spec["ingressClassName"] = cluster.front
    if tls:
        spec["tls"] = [tls]
    spec["rules"] = [rule] if host else Commented([rule], _no_host(cluster.system, part))
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(cluster.system, part, annotations=_annotations(cluster, part)),
        "spec": spec,
    }


def _no_host(system: System, part: Part) -> str:
    where = system.where("environments", system.environment)
    return (
        f"It answers for every name: the environment gives {part.component} no address "
        f"(`urls`, {where}), so the certificate has to be named here as well."
    )


def _annotations(cluster: Cluster, part: Part) -> Object:
    if cluster.front != "alb":
        return {"cert-manager.io/cluster-issuer": "letsencrypt"}
    health = part.health.path if part.health and part.health.path else "/"
    found: Object = {
        "alb.ingress.kubernetes.io/scheme": "internet-facing",
        "alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/group.name": cluster.namespace,
        "alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
        "alb.ingress.kubernetes.io/ssl-redirect": "443",
        "alb.ingress.kubernetes.io/ssl-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "alb.ingress.kubernetes.io/healthcheck-path": health,
    }
    attributes = ["deregistration_delay.timeout_seconds=30"]
    if part.spec.needs.sticky_sessions:
        attributes.append("stickiness.enabled=true")
    found["alb.ingress.kubernetes.io/target-group-attributes"] = ",".join(attributes)
    return found


def _ingress_rules(cluster: Cluster, part: Part) -> list[Yaml]:
    if part.listens is None:
        return []
    callers: list[Yaml] = [_pods(name) for name in part.linked_from if cluster.holds(name)]
    if exposed(cluster, part) and cluster.front == "alb" and not has_route(cluster, part):
        # The load balancer connects from addresses of the network, which no label selects.
        return [Commented({"ports": [_port(part.listens)]}, "The load balancer is not a pod.")]
    if exposed(cluster, part):
        callers.append(_from_outside(cluster, part))
    return [{"from": callers, "ports": [_port(part.listens)]}] if callers else []


def _from_outside(cluster: Cluster, part: Part) -> Yaml:
    namespace = gateway_namespace(cluster) if has_route(cluster, part) else None
    return _every_pod(namespace) if namespace else _from_controller(cluster)


def _every_pod(namespace: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def _from_controller(cluster: Cluster) -> Yaml:
    if cluster.front == "traefik":
        return _namespace("kube-system", {"app.kubernetes.io/name": "traefik"})
    return Commented(
        {"namespaceSelector": {}}, "The ingress controller, in whichever namespace it runs."
    )


def _egress_rules(cluster: Cluster, part: Part) -> list[Yaml]:
    rules: list[Yaml] = []
    for name in part.links:
        other = cluster.system.part(name)
        if other is not None and cluster.holds(name) and other.listens is not None:
            rules.append({"to": [_pods(name)], "ports": [_port(other.listens)]})
    outside = _outside_ports(cluster, part)
    if outside:
        rules.append(
            Commented(
                {"to": [_anywhere()], "ports": [_port(port) for port in outside]},
                "Managed services, whose addresses change; never the machine's own credentials.",
            )
        )
    if _reads_aws(cluster, part):
        rules.append(
            Commented(
                {"to": [{"ipBlock": {"cidr": _POD_IDENTITY_ADDRESS}}], "ports": [_port(80)]},
                "EKS Pod Identity, which gives the pod the rights of its own role.",
            )
        )
    return rules


def _outside_ports(cluster: Cluster, part: Part) -> list[int]:
    ports: set[int] = set()
    for component in part.spec.talks_to:
        other = cluster.system.part(component)
        if other is None:
            ports.add(_HTTPS)  # not part of this phase, or not ours: a service on the internet
        elif cluster.holds(other.name) or other.role in (Role.EDGE, Role.MACHINE):
            continue
        elif other.role is Role.STORE and other.listens is not None:
            ports.add(other.listens)
            if other.service.startswith("supabase"):
                ports.add(_SUPAVISOR_PORT)
        else:
            ports.add(_HTTPS)
    return sorted(ports)


def _reads_aws(cluster: Cluster, part: Part) -> bool:
    linked = [cluster.system.part(name) for name in part.links]
    on_eks = any(other.service == "aws/eks" for other in cluster.system.parts)
    return on_eks and any(other is not None and other.service == "aws/s3" for other in linked)


def _anywhere() -> Yaml:
    return {"ipBlock": {"cidr": "0.0.0.0/0", "except": [_METADATA_ADDRESS]}}


def _pods(name: str) -> Object:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}


def _namespace(name: str, pods: Object) -> Object:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        "podSelector": {"matchLabels": pods},
    }


def _port(number: int, protocol: str = "TCP") -> Object:
    return {"protocol": protocol, "port": number}


def _policy(system: System, name: str, spec: Object) -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": system.name}},
        "spec": spec,
    }
