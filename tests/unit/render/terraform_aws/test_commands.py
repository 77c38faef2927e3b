"""The README's commands and notes: in the order in which things need one another."""

from __future__ import annotations

from tests.systems import system
from tests.terraform import behind_a_cdn, two_regions

from outgrow.render.aws.notes import notes
from outgrow.render.terraform_aws.commands import commands, teardown


def test_images_and_secrets_come_before_the_services_that_need_them() -> None:
    found = commands(system("nexod", "production"))
    text = "\n".join(found)
    places = [
        "terraform -chdir=bootstrap apply",
        "export TF_VAR_db_password=",
        "-target=aws_ecr_repository.api",
        "docker push",
        "nexod-production/api/CLERK_SECRET_KEY",
        "-target=aws_ecs_task_definition.api_migrate",
        "aws ecs run-task",
        "aws ecs wait tasks-stopped",
        "terraform apply plan.tfplan",
    ]
    assert [place for place in places if place not in text] == []
    assert sorted(places, key=text.index) == places


def test_no_command_holds_a_secret_and_composed_ones_are_not_asked_for() -> None:
    text = "\n".join(commands(system("nexod", "production")))
    assert "api/DATABASE_URL" not in text
    assert "--secret-string file:///dev/stdin" in text
    assert "--secret-string '" not in text


def test_a_secret_from_a_vault_is_typed_without_being_shown() -> None:
    text = "\n".join(commands(behind_a_cdn()))
    assert 'read -rsp "OTHER: " V && printf %s "$V" | aws secretsmanager' in text


def test_a_block_of_a_region_is_called_by_its_module() -> None:
    text = "\n".join(commands(two_regions()))
    assert "-target=module.us_east_1.aws_ecr_repository.api" in text
    assert "-target=module.us_east_1.aws_ecr_replication_configuration.main" in text


def test_the_notes_say_what_a_person_does_when_a_region_is_lost() -> None:
    told = dict(notes(two_regions()))
    text, then, moved = told["When a region is lost"]
    assert "aws rds promote-read-replica --region eu-west-1" in text
    assert "orders-production-db-eu-west-1" in text
    assert "wrote to `db` from eu-west-1" in then
    assert "for SECRET in orders-production/api/DATABASE_URL; do" in moved
    assert "When a region is lost" not in dict(notes(system("nexod", "production")))


def test_production_says_what_protects_it_before_it_goes() -> None:
    ((_title, paragraphs),) = teardown(system("nexod", "production"))
    assert "prevent_destroy" in paragraphs[0]
    ((_title, paragraphs),) = teardown(system("nexod", "production", "staging"))
    assert "prevent_destroy" not in "".join(paragraphs)
