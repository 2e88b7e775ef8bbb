// The pure library: numbers, values, expressions.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "base/strings.h"
#include "services/dynamodb/expression/evaluate.h"
#include "services/dynamodb/expression/number.h"

using namespace fogbank;
using namespace fogbank::dynamodb;

namespace {

std::string num(std::string_view text) {
  std::string out;
  auto r = encode_number(text, out);
  return r ? number_text(out) : r.error().message;
}
std::string bytes_of(std::string_view text) {
  std::string out;
  REQUIRE(encode_number(text, out));
  return out;
}
std::string sum(std::string_view a, std::string_view b, bool subtract = false) {
  auto r = add_numbers(bytes_of(a), bytes_of(b), subtract);
  return r ? number_text(*r) : r.error().message;
}

/// Values by a short notation: "s:text", "n:12", "l:[…]" are built by hand where needed.
std::string S(std::string_view s) { return make_value(Type::string, s); }
std::string N(std::string_view s) { return make_value(Type::number, bytes_of(s)); }
std::string L(std::initializer_list<std::string> e) {
  std::string c;
  for (const auto& x : e) c += x;
  return make_value(Type::list, c);
}
std::string SS(std::initializer_list<std::string_view> e) { return make_value(Type::string_set, make_set({e.begin(), e.end()})); }
using Members = std::map<std::string, std::string>;
std::string item(const Members& m) {
  std::string out;
  for (const auto& [k, v] : m) put_member(out, k, v);
  return out;
}
std::string M(const Members& m) { return make_value(Type::map, item(m)); }

struct Given {
  Members names, values;
  Substitutions with() const {
    Substitutions s;
    for (const auto& [k, v] : names) s.add_name(k, v);
    for (const auto& [k, v] : values) s.add_value(k, Value(v));
    return s;
  }
};

std::string test(std::string_view expression, const std::string& on, const Given& g) {
  Substitutions with = g.with();
  auto tree = parse_condition(Kind::condition, expression, with);
  if (!tree) return tree.error().message;
  return Evaluator(tree->nodes, on).test() ? "yes" : "no";
}
std::string update(std::string_view expression, const std::string& on, const Given& g) {
  Substitutions with = g.with();
  auto u = parse_update(expression, with);
  if (!u) return u.error().message;
  auto r = apply_update(*u, on);
  return r ? item_json(*r) : r.error().message;
}
std::string cut(std::string_view expression, const std::string& on) {
  Substitutions with;
  auto paths = parse_projection(expression, with);
  return paths ? item_json(project(on, *paths)) : paths.error().message;
}

}  // namespace

TEST_CASE("numbers_are_canonical") {
  CHECK(num("0") == "0");
  CHECK(num("-0.000") == "0");
  CHECK(num("1.0") == "1");
  CHECK(num("007.250") == "7.25");
  CHECK(num("-1e-3") == "-0.001");
  CHECK(num("1.5E3") == "1500");
  CHECK(num(".5") == "0.5");
  CHECK(num("5.") == "5");
  CHECK(num("12345678901234567890123456789012345678") == "12345678901234567890123456789012345678");
  CHECK(num("9.9999999999999999999999999999999999999E+125").size() == 126);
  CHECK(num("1E-130") == cat("0.", std::string(129, '0'), '1'));
  CHECK(num("123456789012345678901234567890123456789") == "Attempting to store more than 38 significant digits in a Number");
  CHECK(num("1e126") == "Number overflow. Attempting to store a number with magnitude larger than supported range");
  CHECK(num("-1e-131") == "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  CHECK(num("") == "The parameter cannot be converted to a numeric value");
  for (auto bad : {"abc", "1a", "--1", "1e", "e5", ".", "1.2.3", "0x10", "1 2", " 1.23", "1.23 ", "NaN"})
    CHECK(num(bad) == cat("The parameter cannot be converted to a numeric value: ", bad));
}

TEST_CASE("bytes_of_numbers_are_in_the_order_of_their_values") {
  const char* ascending[] = {"-9.99e125", "-1e100", "-1000", "-101", "-100", "-99.5", "-99", "-12", "-10", "-9", "-1.5", "-1", "-0.1", "-0.01", "-1e-130",
                             "0", "1e-130", "1.1e-130", "0.001", "0.01", "0.015", "0.1", "0.5", "1", "1.00000001", "1.5", "9", "10", "11", "99", "99.5", "100",
                             "100.5", "101", "1000", "123456789", "1e100", "9.99e125"};
  for (size_t i = 0; i + 1 < std::size(ascending); i++) {
    CAPTURE(ascending[i]);
    CHECK(bytes_of(ascending[i]) < bytes_of(ascending[i + 1]));
    CHECK(num(num(ascending[i])) == num(ascending[i]));
    CHECK(bytes_of(ascending[i]).size() <= kMaxNumberBytes);
  }
}

TEST_CASE("random_numbers_keep_order_and_sums_agree_with_128_bit_integers") {
  SeededRandom random(7);
  for (int i = 0; i < 20000; i++) {
    int64_t a = int64_t(random.next() >> (1 + random.below(62))), b = int64_t(random.next() >> (1 + random.below(62)));
    if (random.below(2)) a = -a;
    if (random.below(2)) b = -b;
    std::string x = number_of(a), y = number_of(b);
    CHECK((x < y) == (a < b));
    CHECK(number_text(x) == std::to_string(a));
    __int128 wide = __int128(a) + b;
    if (wide > INT64_MAX || wide < INT64_MIN) continue;
    CHECK(number_text(*add_numbers(x, y, false)) == std::to_string(int64_t(wide)));
    CHECK(whole_number(x) == (a > INT64_MAX / 10 || a < -(INT64_MAX / 10) ? whole_number(x) : std::optional<int64_t>(a)));
  }
}

TEST_CASE("sums_are_exact_or_refused") {
  CHECK(sum("0.1", "0.2") == "0.3");
  CHECK(sum("1", "1", true) == "0");
  CHECK(sum("1e20", "-1e-17") == "99999999999999999999.99999999999999999");
  CHECK(sum("99999999999999999999999999999999999999", "1") == cat("1", std::string(38, '0')));
  CHECK(sum("1e37", "0.1").find("38 significant") != std::string::npos);
  CHECK(sum("1e100", "1").find("38 significant") != std::string::npos);
  CHECK(sum("1e100", "1e100") == cat("2", std::string(100, '0')));
  CHECK(sum("9e125", "9e125").find("overflow") != std::string::npos);
  CHECK(sum("1e-130", "1.1e-130", true).find("underflow") != std::string::npos);
  CHECK(sum("0", "5", true) == "-5");
}

TEST_CASE("sizes_are_counted_as_dynamodb_counts_them") {
  CHECK(item_size(item({{"id", S("abc")}})) == 5);
  CHECK(value_size(Value(M({{"a", S("b")}}))) == 3 + 1 + 1 + 1);
  CHECK(value_size(Value(L({S("xy"), N("1")}))) == 3 + 1 + 2 + 1 + 2);
  CHECK(value_size(Value(std::string_view("\x06", 1))) == 1);
  CHECK(nesting(Value(L({L({}), S("a")}))) == 2);
}

TEST_CASE("conditions") {
  std::string i = item({{"a", N("5")}, {"b", S("hello")}, {"l", L({N("1"), M({{"x", S("deep")}})})}, {"s", SS({"p", "q"})}});
  Given g{{{"#n", "b"}}, {{":five", N("5.0")}, {":six", N("6")}, {":he", S("he")}, {":N", S("N")}, {":q", S("q")}, {":deep", S("deep")}, {":l", L({})}}};
  CHECK(test("a = :five", i, g) == "yes");
  CHECK(test("a <> :five", i, g) == "no");
  CHECK(test("gone <> :five", i, g) == "yes");
  CHECK(test("gone = :five", i, g) == "no");
  CHECK(test("a < :six AND a >= :five", i, g) == "yes");
  CHECK(test("a BETWEEN :five AND :six AND NOT a = :six", i, g) == "yes");
  CHECK(test("a IN (:six, :five)", i, g) == "yes");
  CHECK(test("begins_with(#n, :he) or attribute_not_exists(a)", i, g) == "yes");
  CHECK(test("attribute_type(a, :N)", i, g) == "yes");
  CHECK(test("contains(s, :q) and contains(#n, :he)", i, g) == "yes");
  CHECK(test("l[1].x = :deep", i, g) == "yes");
  CHECK(test("size(l) < :five AND size(#n) = :five", i, g) == "yes");
  CHECK(test("NOT (a = :five OR a = :six)", i, g) == "no");
  CHECK(test("a = :five OR a = :six AND a = :six", i, g) == "yes");
  CHECK(test("b < :five", i, g) == "no");   // of different types
}

TEST_CASE("refusals_of_conditions") {
  Given g{{{"#n", "b"}}, {{":v", S("v")}, {":a", N("1")}, {":b", N("2")}, {":l", L({})}}};
  auto c = [&](std::string_view e) {
    std::string r = test(e, "", g);
    constexpr std::string_view kPrefix = "Invalid ConditionExpression: ";
    CHECK(r.starts_with(kPrefix));
    return r.substr(std::min(r.size(), kPrefix.size()));
  };
  CHECK(c("") == "The expression can not be empty;");
  CHECK(c("a = ") == "Syntax error; token: \"<EOF>\", near: \"=\"");
  CHECK(c("a & b") == "Syntax error; token: \"&\", near: \"a & b\"");
  CHECK(c("a") == "Syntax error; token: \"<EOF>\", near: \"a\"");
  CHECK(c("size = :v") == "Attribute name is a reserved keyword; reserved keyword: size");
  CHECK(c("#x = :v") == "An expression attribute name used in the document path is not defined; attribute name: #x");
  CHECK(c("a = :x") == "An expression attribute value used in expression is not defined; attribute value: :x");
  CHECK(c("foo(a)") == "Invalid function name; function: foo");
  CHECK(c("a = foo(b)") == "Invalid function name; function: foo");
  CHECK(c("attribute_exists(a, b)") == "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2");
  CHECK(c("attribute_exists(:v)") == "Operator or function requires a document path; operator or function: attribute_exists");
  CHECK(c("if_not_exists(a, :v)") == "The function is not allowed in a condition expression; function: if_not_exists");
  CHECK(c("size(a)") == "The function is not allowed to be used this way in an expression; function: size");
  CHECK(c("begins_with(a, :a)") == "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N");
  CHECK(c("a < :l") == "Incorrect operand type for operator or function; operator or function: <, operand type: L");
  CHECK(c("a = a") == "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]");
  CHECK(c("a BETWEEN :b AND :a") == "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, "
                                    "upper bound operand: AttributeValue: {N:1}");
  CHECK(c("a BETWEEN :a AND :v").starts_with("The BETWEEN operator requires same data type for lower and upper bounds"));
  CHECK(c("((a = :v))") == "The expression has redundant parentheses;");
  CHECK(test("(a = :v) AND (a = :v)", "", g) == "no");
  CHECK(c(std::string(5000, 'a')).starts_with("Expression size has exceeded"));
  CHECK(c(cat(std::string(400, '('), "a", std::string(400, ')'))).starts_with("Syntax error"));
}

TEST_CASE("unused_names_and_values_are_told") {
  Substitutions with;
  std::string v = S("x");
  with.add_name("#a", "a");
  with.add_value(":v", Value(v));
  with.add_value(":w", Value(v));
  REQUIRE(parse_condition(Kind::filter, "#a = :v", with));
  CHECK(with.check_used().error().message == "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}");
}

TEST_CASE("updates") {
  std::string i = item({{"a", N("5")}, {"l", L({S("x"), S("y")})}, {"m", M({{"k", N("1")}})}, {"s", SS({"p", "q"})}});
  Given g{{{"#z", "z"}}, {{":one", N("1")}, {":v", S("v")}, {":l", L({S("w")})}, {":p", SS({"p"})}, {":r", SS({"r"})}, {":all", SS({"p", "q"})}}};
  CHECK(update("SET a = a + :one", item({{"a", N("5")}}), g) == R"({"a":{"N":"6"}})");
  CHECK(update("SET b = if_not_exists(b, :one) - :one REMOVE a", item({{"a", N("5")}}), g) == R"({"b":{"N":"0"}})");
  CHECK(update("SET l = list_append(l, :l), l2 = list_append(:l, l) REMOVE a, m, s", i, g) ==
        R"({"l":{"L":[{"S":"x"},{"S":"y"},{"S":"w"}]},"l2":{"L":[{"S":"w"},{"S":"x"},{"S":"y"}]}})");
  CHECK(update("SET l[9] = :v, l[5] = :one, l[0] = :one REMOVE a, m, s", i, g) == R"({"l":{"L":[{"N":"1"},{"S":"y"},{"N":"1"},{"S":"v"}]}})");
  CHECK(update("REMOVE l[0], a, m, s SET l[7] = :v", i, g) == R"({"l":{"L":[{"S":"y"},{"S":"v"}]}})");
  CHECK(update("SET m.k2 = m.k, m.k = :v REMOVE a, l, s", i, g) == R"({"m":{"M":{"k":{"S":"v"},"k2":{"N":"1"}}}})");
  CHECK(update("ADD s :r, a :one DELETE q :p REMOVE l, m", i, g) == R"({"a":{"N":"6"},"s":{"SS":["p","q","r"]}})");
  CHECK(update("DELETE s :all REMOVE a, l, m", i, g) == "{}");
  CHECK(update("SET a = l, l = a REMOVE m, s", item({{"a", N("1")}, {"l", N("2")}}), g) == R"({"a":{"N":"2"},"l":{"N":"1"}})");
  CHECK(update("SET x.y = :v", i, g) == "The document path provided in the update expression is invalid for update");
  CHECK(update("SET x = y", i, g) == "The provided expression refers to an attribute that does not exist in the item");
  CHECK(update("SET a = l + :one", i, g) == "An operand in the update expression has an incorrect data type");
  CHECK(update("ADD a :r", i, g) == "An operand in the update expression has an incorrect data type");
  CHECK(update("SET a = :one SET b = :one", i, g) == "Invalid UpdateExpression: The \"SET\" section can only be used once in an update expression;");
  CHECK(update("SET a = :one, a.b = :one", i, g) ==
        "Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]");
  CHECK(update("SET b.a = :one, b[1] = :one", i, g) ==
        "Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [b, a], path two: [b, [1]]");
  CHECK(update("ADD a :v", i, g) ==
        "Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND");
  CHECK(update("SET a = :v +", i, g) == "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"+\"");
  CHECK(update("INVALID a", i, g) == "Invalid UpdateExpression: Syntax error; token: \"INVALID\", near: \"INVALID a\"");
  CHECK(update("SET a = size(l)", i, g) == "Invalid UpdateExpression: The function is not allowed in an update expression; function: size");
}

TEST_CASE("projections") {
  std::string i = item({{"a", N("5")}, {"l", L({S("x"), M({{"y", N("1")}, {"z", N("2")}}), S("w")})}, {"m", M({{"k", M({{"q", N("1")}})}, {"o", S("p")}})}});
  CHECK(cut("a", i) == R"({"a":{"N":"5"}})");
  CHECK(cut("l[2], l[0], nothing", i) == R"({"l":{"L":[{"S":"x"},{"S":"w"}]}})");
  CHECK(cut("l[1].z, m.k.q", i) == R"({"l":{"L":[{"M":{"z":{"N":"2"}}}]},"m":{"M":{"k":{"M":{"q":{"N":"1"}}}}}})");
  CHECK(cut("m.nothing", i) == "{}");
  CHECK(cut("a, a", i).starts_with("Invalid ProjectionExpression: Two document paths overlap"));
  CHECK(cut("a,", i) == "Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"");
}

TEST_CASE("key_conditions") {
  KeySchema schema{"p", "s", Type::string, Type::number};
  Given g{{}, {{":p", S("x")}, {":a", N("1")}, {":b", N("2")}}};
  auto k = [&](std::string_view e) -> std::string {
    Substitutions with = g.with();
    auto tree = parse_condition(Kind::key_condition, e, with);
    if (!tree) return tree.error().message;
    auto c = key_condition(*tree, schema);
    if (!c) return c.error().message;
    return cat(shown(c->hash), c->op ? op_name(*c->op) : "", c->low ? shown(c->low) : "", c->high ? shown(c->high) : "");
  };
  CHECK(k("p = :p") == "{S:x}");
  CHECK(k("(p = :p) AND (s > :a)") == "{S:x}>{N:1}");
  CHECK(k(":a < s AND :p = p") == "{S:x}>{N:1}");
  CHECK(k("p = :p AND s BETWEEN :a AND :b") == "{S:x}BETWEEN{N:1}{N:2}");
  CHECK(k("s = :a") == "Query condition missed key schema element: p");
  CHECK(k("p > :p") == "Query key condition not supported");
  CHECK(k("p = :p AND q = :a") == "Query condition missed key schema element: s");
  CHECK(k("p = :p OR s = :a") == "Invalid operator used in KeyConditionExpression: OR");
  CHECK(k("p = :a") == "One or more parameter values were invalid: Condition parameter type does not match schema type");
  CHECK(k("p = :p AND s > :a AND s < :b") == "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key");
}

TEST_CASE("key_conditions_on_keys_of_several_attributes") {
  KeySchema schema{"p", "s", Type::string, Type::number, {{"q", Type::number}}, {{"t", Type::string}, {"u", Type::string}}};
  Given g{{}, {{":x", S("x")}, {":y", S("y")}, {":1", N("1")}, {":2", N("2")}, {":e", S("")}}};
  auto k = [&](std::string_view e) -> std::string {
    Substitutions with = g.with();
    auto tree = parse_condition(Kind::key_condition, e, with);
    if (!tree) return tree.error().message;
    auto c = key_condition(*tree, schema);
    if (!c) return c.error().message;
    std::string out = shown(c->hash);
    for (Value v : c->more_hash) append(out, shown(v));
    for (Value v : c->before) append(out, '=', shown(v));
    return cat(out, c->op ? op_name(*c->op) : "", c->low ? shown(c->low) : "", c->high ? shown(c->high) : "");
  };
  CHECK(k("p = :x AND q = :1") == "{S:x}{N:1}");
  CHECK(k("q = :1 AND s > :2 AND p = :x") == "{S:x}{N:1}>{N:2}");
  CHECK(k("p = :x AND q = :1 AND s = :1 AND t = :y AND u BETWEEN :x AND :y") == "{S:x}{N:1}={N:1}={S:y}BETWEEN{S:x}{S:y}");
  CHECK(k("p = :x") == "Query condition missed key schema element: q");
  CHECK(k("p = :x AND q > :1") == "Query key condition not supported");
  const char* kGap = " must have equality conditions specified in the query because a condition is present on key attribute ";
  CHECK(k("p = :x AND q = :1 AND t = :y") == cat("RANGE key attributes s", kGap, "t"));
  CHECK(k("p = :x AND q = :1 AND s = :1 AND u = :y") == cat("RANGE key attributes t", kGap, "u"));
  CHECK(k("p = :x AND q = :1 AND u = :y") == cat("RANGE key attributes s, t", kGap, "u"));
  CHECK(k("p = :x AND q = :1 AND s < :1 AND t = :y") == cat("RANGE key attributes s", kGap, "t"));
  CHECK(k("p = :x AND q = :1 AND s = :1 AND t = :y AND u = :y AND z = :1") == "The number of query conditions (6) exceeds the number of key attributes defined in the schema (5)");
  CHECK(k("p = :x AND q = :y") == "One or more parameter values were invalid: Condition parameter type does not match schema type");
  CHECK(k("p = :x AND q = :1 AND s = :1 AND t = :e") ==
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: t");
}

TEST_CASE("every_reserved_word_is_refused_bare") {
  for (auto w : {"abort", "Name", "STATUS", "zone", "size", "value", "Year"}) CHECK(is_reserved_word(w));
  for (auto w : {"id", "pk", "abor", "zones", ""}) CHECK_FALSE(is_reserved_word(w));
}

TEST_CASE("no_bytes_of_an_expression_break_the_parser") {
  SeededRandom random(3);
  constexpr std::string_view kAlphabet[] = {"a", "#n", ":v", "(", ")", "[", "0", "]", ".", ",", "=", "<>", "AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE",
                                            "ADD", "size", "contains", "+", "-", "if_not_exists", "list_append", "\xff", "attribute_exists", " "};
  Given g{{{"#n", "b"}}, {{":v", S("v")}}};
  std::string i = item({{"a", N("5")}, {"b", S("x")}});
  for (int n = 0; n < 20000; n++) {
    std::string e;
    for (uint64_t k = random.below(14); k > 0; k--) append(e, kAlphabet[random.below(std::size(kAlphabet))], random.below(2) ? " " : "");
    test(e, i, g);
    update(e, i, g);
    cut(e, i);
  }
}
