"""The comparison that keeps every service honest: each rule of placeholders, and that nothing slips through."""
import datetime

import pytest

from parity import values
from parity.values import Bindings, compare


def differences(recorded, ours, bindings=None, **more):
    return [str(d) for d in compare(recorded, ours, bindings if bindings is not None else Bindings({"<partition>": "aws", "<region>": "us-east-1"}), **more).differences]


def test_equal_answers_match():
    assert differences({"A": 1, "B": [True, None, "x"]}, {"A": 1, "B": [True, None, "x"]}) == []


def test_a_missing_member_is_a_difference():
    assert "missing" in differences({"A": 1, "B": 2}, {"A": 1})[0]


def test_a_surplus_member_is_a_difference():
    assert "surplus" in differences({"A": 1}, {"A": 1, "B": 2})[0]


def test_a_surplus_member_of_an_entry_is_a_difference():
    assert "L[1].B: surplus" in differences({"L": [{"A": 1}, {"A": 2}]}, {"L": [{"A": 1}, {"A": 2, "B": 3}]})[0]


@pytest.mark.parametrize("recorded, ours", [("1", 1), (1, "1"), (True, 1), (1, True), ({}, []), ([], "x"), ("a", None), (None, "a"), (1, 2), ("a", "b")])
def test_another_type_or_value_is_a_difference(recorded, ours):
    assert differences({"A": recorded}, {"A": ours})


def test_a_reference_stands_for_one_value_throughout():
    b = Bindings()
    assert differences({"Id": "<id:1>"}, {"Id": "abc"}, b) == []
    assert differences({"Id": "<id:1>"}, {"Id": "abc"}, b) == []
    assert "stood for 'abc'" in differences({"Id": "<id:1>"}, {"Id": "abd"}, b)[0]


def test_two_numbers_of_one_name_stand_for_two_values():
    assert "stand for one value" in differences({"A": "<id:1>", "B": "<id:2>"}, {"A": "same", "B": "same"})[0]
    assert differences({"A": "<id:1>", "B": "<name:2>"}, {"A": "same", "B": "same"}) == []


def test_a_reference_has_to_be_there():
    assert differences({"A": "<id:1>"}, {"A": None})
    assert differences({"A": "<id:1>"}, {"A": ""})
    assert differences({"A": "<id:1>"}, {})


def test_a_reference_binds_within_a_text_too():
    recorded = {"Arn": "arn:<partition>:sqs:<region>:1:<resource:1>", "Name": "<resource:1>"}
    assert differences(recorded, {"Arn": "arn:aws:sqs:us-east-1:1:q", "Name": "q"}) == []
    assert differences(recorded, {"Arn": "arn:aws:sqs:us-east-1:1:q", "Name": "p"})
    assert differences(recorded, {"Arn": "arn:aws:sqs:us-east-2:1:q", "Name": "q"})


def test_adjacent_placeholders_are_split_by_what_is_bound_elsewhere():
    recorded = {"Arn": "role<path><role-name:1>", "Path": "<path>", "RoleName": "<role-name:1>"}
    assert differences(recorded, {"Arn": "role/a/b/r", "Path": "/a/b/", "RoleName": "r"}) == []
    assert differences(recorded, {"Arn": "role/a/c/r", "Path": "/a/b/", "RoleName": "r"})


def test_an_unnumbered_placeholder_within_a_text_is_the_value_that_stood_alone():
    recorded = {"Arn": "user/<user-name>", "UserName": "<user-name>"}
    assert differences(recorded, {"Arn": "user/u", "UserName": "u"}) == []
    assert "elsewhere" in differences(recorded, {"Arn": "user/v", "UserName": "u"})[0]


def test_an_unnumbered_placeholder_may_be_another_value_in_another_answer():
    b = Bindings()
    assert differences("key <key-arn> is", "key a is", b) == []
    assert differences("key <key-arn> is", "key b is", b) == []
    assert differences({"A": "key <key-arn> is", "B": "<key-arn>!"}, {"A": "key a is", "B": "b!"}, b)


def test_unnumbered_placeholders_may_differ_from_entry_to_entry():
    assert differences({"L": [{"S": "<size>"}, {"S": "<size>"}]}, {"L": [{"S": 1}, {"S": 2}]}) == []
    assert differences({"L": [{"S": "<size>"}]}, {"L": [{}]})


def test_the_same_placeholder_twice_in_one_text():
    assert differences("<a:1> and <a:1>", "x and x") == []
    assert differences("<a:1> and <a:1>", "x and y")


def test_texts_around_placeholders_are_literal():
    assert differences("User <a:1> (not) found.", "User x (not) found.") == []
    assert differences("User <a:1> (not) found.", "User x (not) foundX")
    assert differences("User <a:1> (not) found.", "A User x (not) found.")


def test_markup_is_no_wildcard_for_other_text():
    assert differences("<li>Code: A</li>", "<li>Code: B</li>")


@pytest.mark.parametrize("ours", [datetime.datetime.now(), "2024-01-02T03:04:05Z", 1700000000, "1700000000123"])
@pytest.mark.parametrize("word", ["datetime", "timestamp", "<datetime>"])
def test_times_are_times(word, ours):
    assert differences({"A": word}, {"A": ours}) == []


@pytest.mark.parametrize("ours", ["soon", 5, None, True, {}])
def test_what_is_no_time_is_no_time(ours):
    assert differences({"A": "datetime"}, {"A": ours})


def test_a_date_within_a_text():
    assert differences("until date.", "until 2024-01-02T03:04:05.123Z.") == []
    assert differences("until date.", "until tomorrow.")


def test_documents_are_compared_decoded():
    assert differences({"P": {"a": [1]}}, {"P": '{"a": [1]}'}) == []
    assert differences({"P": {"a": [1]}}, {"P": '{"a": [1], "b": 2}'})
    assert differences({"P": {"a": [1]}}, {"P": "{not json"})


def test_lists_have_an_order_unless_it_says_nothing():
    recorded, ours = {"L": [{"K": "a"}, {"K": "b"}]}, {"L": [{"K": "b"}, {"K": "a"}]}
    assert len(differences(recorded, ours)) == 2
    assert differences(recorded, ours, unordered=lambda path: path == "L") == []
    assert differences(recorded, {"L": [{"K": "b"}, {"K": "c"}]}, unordered=lambda path: True)


def test_a_list_of_another_length_is_one_difference():
    assert differences({"L": [1, 2]}, {"L": [1]}) == ["L: 1 entries instead of 2: recorded [1, 2], ours [1]"]


def test_trying_an_order_binds_nothing():
    b = Bindings()
    assert differences({"L": [{"I": "<id:1>", "K": "a"}, {"I": "<id:2>", "K": "b"}]}, {"L": [{"I": "2", "K": "b"}, {"I": "1", "K": "a"}]}, b,
                       unordered=lambda path: True) == []
    assert b.values == {"<id:1>": "1", "<id:2>": "2"}


def test_names_of_members_may_be_placeholders():
    assert differences({"M": {"<id:1>": 1}}, {"M": {"abc": 1}}) == []
    assert differences({"M": {"<id:1>": 1}}, {"M": {"abc": 1, "abd": 1}})


def test_members_and_values_are_counted():
    c = compare({"A": 1, "B": {"C": "x", "D": "y"}}, {"A": 1, "B": {"C": "x", "D": "z"}, "E": 1}, Bindings())
    assert (c.leaves, c.matched) == (4, 2)


def test_references_know_their_number():
    assert values.REFERENCE.fullmatch("<resource:1>") and values.REFERENCE.fullmatch("<ArnPart-0idx>") and values.REFERENCE.fullmatch("<group-name-2>")
    assert not values.REFERENCE.fullmatch("<code-size>")


def test_bare_words_stand_for_some_value_where_a_service_has_them():
    assert differences({"ID": "owner-id"}, {"ID": "abc"})
    assert differences({"ID": "owner-id"}, {"ID": "abc"}, bare={"owner-id"}) == []
    assert differences({"ID": "owner-id"}, {"ID": ""}, bare={"owner-id"})


def test_keys_of_a_map_are_paired_by_what_they_stand_for():
    b = Bindings()
    assert differences({"Id": "<id:2>"}, {"Id": "b"}, b) == []
    assert differences({"M": {"<id:1>": "one", "<id:2>": "two"}}, {"M": {"b": "two", "a": "one"}}, b) == []
    assert b.values["<id:1>"] == "a"
    assert "missing" in differences({"M": {"<id:2>": "two"}}, {"M": {"c": "two"}}, b)[0]
