"""Every configuration of cases/ is applied, planned empty, changed, planned empty and destroyed, and leaves nothing behind."""
import importlib.util

import pytest

import terraform

cases = sorted(p for p in terraform.CASES.iterdir() if p.is_dir() and any(p.glob("*.tf")))


@pytest.fixture(scope="session")
def tools():
    found, why = terraform.find()
    if not found:
        print(f"skipped: {why}")
        pytest.skip(why)
    return found


def module_of(case):
    spec = importlib.util.spec_from_file_location(f"check_{case.name}", case / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("case", cases, ids=lambda c: c.name)
def test_a_configuration_lives_and_leaves_nothing_behind(case, tools, fresh_server, tmp_path):
    module = module_of(case)
    terraform.journey(tools, case, tmp_path, fresh_server(), module.check, module.OUTLIVES)


@pytest.mark.timeout(900)
def test_all_configurations_together(tools, fresh_server, tmp_path):
    modules = {case.name: module_of(case) for case in cases}
    terraform.journey_together(tools, cases, tmp_path, fresh_server(), lambda name, *args: modules[name].check(*args),
                               [table for module in modules.values() for table in module.OUTLIVES])
