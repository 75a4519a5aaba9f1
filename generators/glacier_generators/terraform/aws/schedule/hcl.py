"""The schedule as a call of its module."""

from __future__ import annotations

from glacier_generators.hcl.syntax import Attribute, Blank, Block, Body, Comment, Reference
from glacier_generators.plan.model import SchedulePlan
from glacier_generators.terraform.aws.schedule.cron import eventbridge_cron

__all__ = ["schedule_call"]


def schedule_call(schedule: SchedulePlan) -> Body:
    """Write the call that asks for runs by the clock."""
    body: Body = [
        Attribute("source", "./modules/schedule"),
        Blank(),
        Attribute("name", Reference("local.name")),
        Attribute("expression", eventbridge_cron(schedule.expression)),
        Attribute("timezone", schedule.timezone),
        Attribute("overlap", schedule.overlap),
        Attribute("starter_arn", Reference("module.starter.arn")),
        Blank(),
        Attribute("permissions_boundary", Reference("var.permissions_boundary")),
    ]
    return [
        Comment(f"{schedule.expression} (crontab), {schedule.timezone}"),
        Block("module", ("schedule",), body),
    ]
