"""Where tasks stand that are no functions: a network of yours, or one that is made for them."""

from __future__ import annotations

from collections.abc import Iterable

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference

__all__ = ["network_calls"]

_DESCRIPTION = (
    "Subnets and security groups of yours that containers and machines stand in. From there they must reach S3, CloudWatch Logs "
    "and the registry of their image, machines ECS as well, and from one with a way to the internet what is there. What bootstrap/ "
    "says, if it made one for CI; "
    "if null, a network without a way to the internet is made for them here."
)


def network_calls(services: Iterable[str]) -> Body:
    """Write the variable that names a network of the user's, and the call that makes one where it names none.

    Args:
        services: What is reached from there, beside S3, as endpoints call it.
    """
    variable: Body = [
        Attribute("description", _DESCRIPTION),
        Attribute("default", None),
        Blank(),
        Attribute(
            "type",
            Reference(
                "object({ subnet_ids = list(string), security_group_ids = list(string), internet = optional(bool, true) })"
            ),
        ),
    ]
    made: Body = [
        Attribute("source", "./modules/network"),
        Attribute("count", Reference("var.network == null ? 1 : 0")),
        Blank(),
        Attribute("name", Reference("local.name")),
        Attribute("region", Reference("var.region")),
        Attribute("services", sorted(services)),
    ]
    chosen: Body = [Attribute("network", Reference("one(concat(module.network, var.network[*]))"))]
    return [
        Block("variable", ("network",), variable),
        Blank(),
        Comment("Each service has an endpoint in each of two zones, which costs by the hour."),
        Block("module", ("network",), made),
        Blank(),
        Block("locals", (), chosen),
    ]
