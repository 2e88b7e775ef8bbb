#include <doctest/doctest.h>
#include <simdjson.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "auth/policy/document.h"
#include "auth/policy/evaluate.h"

using namespace fogbank;
using namespace fogbank::policy;

namespace {

std::string refusal(std::string_view json, PolicyKind kind = PolicyKind::identity, Dialect dialect = Dialect::iam, std::string_view partition = "aws") {
  auto p = compile(json, kind, {dialect, partition});
  return p ? "accepted" : p.error().message;
}

/// A document with one statement.
std::string with(std::string_view members, std::string_view version = R"("Version":"2012-10-17",)") {
  return "{" + std::string(version) + R"("Statement":{)" + std::string(members) + "}}";
}
std::string with_resource(std::string_view resource) {
  return with(R"("Effect":"Allow","Action":"sqs:SendMessage","Resource":)" + std::string(resource));
}
std::string with_action(std::string_view action) { return with(R"("Effect":"Allow","Resource":"*","Action":)" + std::string(action)); }
std::string with_condition(std::string_view condition) {
  return with(R"("Effect":"Allow","Resource":"*","Action":"s3:GetObject","Condition":)" + std::string(condition));
}

std::string data_dir() {
  const char* env = std::getenv("FOGBANK_TEST_DATA");
  return env ? env : FOGBANK_SOURCE_DIR "/../shared/data";
}

/// Time of one decision, which must come out as expected each time.
double micros_each(const Input& in, bool allowed) {
  constexpr int kRounds = 10'000;
  auto begin = std::chrono::steady_clock::now();
  int yes = 0;
  for (int i = 0; i < kRounds; i++) yes += evaluate(in).allowed();
  std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  CHECK(yes == (allowed ? kRounds : 0));
  return took.count() / kRounds;
}

constexpr std::string_view kSyntax = "Syntax errors in policy.";
constexpr std::string_view kLegacy = "The policy failed legacy parsing";
constexpr std::string_view kPrefix = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
constexpr std::string_view kOneColon = "Actions/Condition can contain only one colon.";

}  // namespace

TEST_CASE("malformed_identity_policies_get_iams_texts") {
  const std::string ok = R"("Effect":"Allow","Action":"s3:GetObject","Resource":"*")";
  const std::pair<std::string, std::string_view> cases[] = {
      {with(ok), "accepted"},
      {"", kSyntax}, {"null", kSyntax}, {"[]", kSyntax}, {"\"x\"", kSyntax}, {"{", kSyntax}, {"{}", kSyntax}, {"not json", kSyntax},
      {R"({"Version":"2012-10-17"})", kSyntax},
      {R"({"Version":"2012-10-17","Statement":[]})", kSyntax},
      {R"({"Version":"2012-10-17","Statement":["x"]})", kSyntax},
      {R"({"Version":"2012-10-17","Statement":7})", kSyntax},
      {R"({"Version":["2012-10-17"],"Statement":[]})", kSyntax},
      {with(ok, R"("Version":"2012-10-17","Id":"any",)"), "accepted"},
      {with(ok, R"("Version":"2012-10-17","Id":{},)"), kSyntax},
      {with(ok, R"("Version":"2012-10-17","Comment":"no",)"), kSyntax},
      {with(ok, R"("Version":"2020-01-01",)"), kSyntax},
      {with(ok, ""), "Policy document must be version 2012-10-17 or greater."},
      {with(ok, R"("Version":"2008-10-17",)"), "Policy document must be version 2012-10-17 or greater."},
      {with(R"("Action":"s3:GetObject","Resource":"*")"), kSyntax},
      {with(R"("Effect":"Permit","Action":"s3:GetObject","Resource":"*")"), kSyntax},
      {with(R"("Effect":1,"Action":"s3:GetObject","Resource":"*")"), kSyntax},
      {with(R"("Effect":"allow","Action":"s3:GetObject","Resource":"*")"), kLegacy},
      {with(R"("Effect":"Allow","Effect":"Deny","Action":"s3:GetObject","Resource":"*")"), kSyntax},
      {with(ok + R"(,"Sid":["a"])"), kSyntax}, {with(ok + R"(,"Extra":"a")"), kSyntax}, {with(ok + R"(,"NotAction":"s3:*")"), kSyntax},
      {with(ok + R"(,"NotResource":"*")"), kSyntax}, {with(ok + R"(,"Action":"s3:*")"), kSyntax},
      {with(ok + R"(,"Principal":"*")"), "Policy document should not specify a principal."},
      {with(ok + R"(,"NotPrincipal":{"AWS":"*"})"), "Policy document should not specify a principal."},
      {with(R"("Effect":"Allow","Resource":"*")"), "Policy statement must contain actions."},
      {with(R"("Effect":"Allow")"), "Policy statement must contain actions."},
      {with_action("[]"), "Policy statement must contain actions."},
      {with(R"("Effect":"Allow","Action":"s3:GetObject")"), "Policy statement must contain resources."},
      {with_resource("[]"), "Policy statement must contain resources."},
      {with_action("{}"), kSyntax}, {with_action("[[]]"), kSyntax}, {with_action("7"), kSyntax}, {with_resource(R"({"a":"b"})"), kSyntax},
      {with_action(R"("GetObject")"), kPrefix}, {with_action(R"("")"), kPrefix}, {with_action(R"(["s3:*","GetObject"])"), kPrefix},
      {with(R"("Effect":"Allow","Action":"GetObject")"), kPrefix},
      {with_action(R"("s3:Get:Object")"), kOneColon},
      {with_action(R"("s 3:GetObject")"), "Vendor s 3 is not valid"},
      {with_action(R"("any.vendor-1: with spaces ")"), "accepted"},
      {with_action(R"("*")"), "accepted"},
      {with_resource(R"("queue")"), "Resource queue must be in ARN format or \"*\"."},
      {with_resource(R"("")"), "Resource  must be in ARN format or \"*\"."},
      {with_resource(R"(["*","arn:aws:sqs:eu-west-1:111111111111:q"])"), "accepted"},
      {with_resource(R"("x:y")"), "Partition \"y\" is not valid for resource \"arn:y:*:*:*:*\"."},
      {with_resource(R"("x:y:z")"), "Partition \"y\" is not valid for resource \"arn:y:z:*:*:*\"."},
      {with_resource(R"("aws:s3:::bucket")"), "Partition \"s3\" is not valid for resource \"arn:s3:::bucket:*\"."},
      {with_resource(R"("arn:nowhere:sqs:r:a:q:w")"), "Partition \"nowhere\" is not valid for resource \"arn:nowhere:sqs:r:a:q:w\"."},
      {with_resource(R"("arn:aws-cn:sqs:::q")"), "Partition \"aws-cn\" is not valid for resource \"arn:aws-cn:sqs:::q\"."},
      {with_resource(R"("arn:*:sqs:*:*:q")"), "accepted"},
      {with_resource(R"("arn:aws")"), "Resource vendor must be fully qualified and cannot contain regexes."},
      {with_resource(R"("arn:aws:s*:::b")"), "Resource vendor must be fully qualified and cannot contain regexes."},
      {with_resource(R"("arn:aws:anything")"), "accepted"},
      {with_resource(R"("arn:aws::thing")"), kLegacy}, {with_resource(R"("arn:aws:s3::bucket")"), kLegacy}, {with_resource(R"("arn:aws::::b")"), kLegacy},
      {with_resource(R"("arn:aws:s3:eu-west-1::b")"), "Resource arn:aws:s3:eu-west-1::b can not contain region information."},
      {with_resource(R"("arn:aws:s3:eu-west-1:111111111111:accesspoint/p")"), "accepted"},
      {with_resource(R"("arn:aws:iam:eu-west-1:1:user/x")"), "IAM resource arn:aws:iam:eu-west-1:1:user/x cannot contain region information."},
      {with_resource(R"("arn:aws:iam::111111111111:user/x")"), "accepted"}, {with_resource(R"("arn:aws:iam::*:*")"), "accepted"},
      {with_resource(R"("arn:aws:iam::111111111111:users")"),
       "IAM resource path must either be \"*\" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, "
       "sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."},
      {with_condition("[]"), kSyntax}, {with_condition(R"("a")"), kSyntax}, {with_condition("{}"), "accepted"}, {with_condition(R"({"StringEquals":"a"})"), kSyntax},
      {with_condition(R"({"StringEquals":{"a":{}}})"), kSyntax}, {with_condition(R"({"StringEquals":{"a":[["b"]]}})"), kSyntax},
      {with_condition(R"({"Nonsense":{"a":"b"}})"), kSyntax}, {with_condition(R"({"Nonsense":{}})"), "accepted"},
      {with_condition(R"({"StringEquals":{"a":["b",true,1,2.5]}})"), "accepted"}, {with_condition(R"({"StringEquals":{"a":[]}})"), "accepted"},
      {with_condition(R"({"StringEquals":{"a":null}})"), kSyntax}, {with_condition(R"({"StringEquals":{"a":"b","A":"c"}})"), kSyntax},
      {with_condition(R"({"StringEquals":{"a":"b"},"StringEquals":{"c":"d"}})"), kSyntax},
      {with_condition(R"({"DateLessThan":{"a":"soon"}})"), kLegacy}, {with_condition(R"({"DateLessThanIfExists":{"a":["2024-01-01","soon"]}})"), kLegacy},
      {with_condition(R"({"NumericEquals":{"a":"ten"}})"), "accepted"},
  };
  for (const auto& [json, expected] : cases) {
    CAPTURE(json);
    CHECK(refusal(json) == expected);
    if (json != "") CHECK((refusal(json, PolicyKind::session) == expected && refusal(json, PolicyKind::boundary) == expected));
  }
}

TEST_CASE("of_two_faults_iam_reports_the_one_it_looks_for_first") {
  CHECK(refusal(R"({"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"a","Effect":"Allow"}]})") ==
        "Statement IDs (SID) in a single policy must be unique.");
  CHECK(refusal(R"({"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":"s3:*","Resource":"*"},
                  {"Sid":"","Effect":"Allow","Action":"s3:*","Resource":"*"}]})") == "accepted");
  CHECK(refusal(with(R"("Effect":"allow","Resource":"queue")", "")) == "Policy document must be version 2012-10-17 or greater.");
  CHECK(refusal(with(R"("Effect":"Allow","Resource":"arn:aws:s3::b")")) == kLegacy);
  CHECK(refusal(with(R"("Effect":"Allow","Resource":"queue")")) == "Policy statement must contain actions.");
  CHECK(refusal(with(R"("Effect":"Allow","Action":"a:b:c","Resource":"queue")")) == "Resource queue must be in ARN format or \"*\".");
  CHECK(refusal(with(R"("Effect":"Allow","Action":"s3:*","Resource":"arn:x:s3:::b","Condition":{"DateEquals":{"a":"soon"}})")) == kLegacy);
  CHECK(refusal(with_resource(R"(["zebra","apple"])")) == "Resource apple must be in ARN format or \"*\".");
  CHECK(refusal(with_resource(R"("arn:aws-cn:sqs:::q")"), PolicyKind::identity, Dialect::iam, "aws-cn") == "accepted");
}

TEST_CASE("trust_policies") {
  auto trust = [](std::string_view json) { return refusal(json, PolicyKind::trust); };
  auto principal = [&](std::string_view p) { return trust(with(R"("Effect":"Allow","Action":"sts:AssumeRole","Principal":)" + std::string(p), "")); };
  CHECK(principal(R"({"Service":"lambda.amazonaws.com"})") == "accepted");
  CHECK(principal(R"({"AWS":["111111111111","arn:aws:iam::111111111111:role/a/b"],"Federated":"accounts.google.com","Service":["a.amazonaws.com"]})") == "accepted");
  CHECK(principal(R"({"AWS":"*"})") == "accepted");
  CHECK(principal(R"({"AWS":"AIDACKCEVSQ6C2EXAMPLE"})") == "accepted");
  CHECK(principal(R"("*")") == "AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".");
  CHECK(principal(R"({"AWS":"arn:aws:iam::111111111111:role/*"})") == "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111111111111:role/*\"");
  CHECK(principal(R"({"AWS":"someone"})") == "Invalid principal in policy: \"AWS\":\"someone\"");
  CHECK(principal(R"({"AWS":"arn:aws:s3:::bucket"})") == "Invalid principal in policy: \"AWS\":\"arn:aws:s3:::bucket\"");
  CHECK(principal(R"({"Martian":"x"})") == "Unknown field Martian");
  CHECK(principal("{}") == "Missing required field Principal");
  CHECK(principal("7") == kSyntax);
  CHECK(trust(with(R"("Effect":"Allow","Action":"sts:AssumeRole")")) == "Missing required field Principal");
  CHECK(trust(with(R"("Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Resource":"*")")) == "Has prohibited field Resource");
  CHECK(trust(with(R"("Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"sts:AssumeRole")")) == "Has prohibited field NotPrincipal");
  CHECK(trust(with(R"("Effect":"Allow","Principal":{"AWS":"*"})")) == "Missing required field Action");
  CHECK(trust(with(R"("Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject")")) == "AssumeRole policy may only specify STS AssumeRole actions.");
  CHECK(trust(with(R"("Effect":"Allow","Principal":{"AWS":"*"},"Action":"*")")) == "AssumeRole policy may only specify STS AssumeRole actions.");
  CHECK(trust(with(R"("Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","STS:TagSession"])")) == "accepted");
  CHECK(trust("{\"Version\":\"2012-10-17\",") == "This policy contains invalid Json");
  CHECK(trust("{}") == "Missing required field Statement");
}

TEST_CASE("each_service_words_its_refusal_in_its_own_way") {
  auto error = [](std::string_view json, Dialect d, PolicyKind k = PolicyKind::resource) { return compile(json, k, {d, "aws"}).error(); };
  CHECK(error("", Dialect::s3).code == "MalformedPolicy");
  CHECK(error("", Dialect::s3).message == "Policies must be valid JSON and the first byte must be '{'");
  CHECK(error("invalid json", Dialect::s3).message == "Policies must be valid JSON and the first byte must be '{'");
  CHECK(error("{}", Dialect::s3).message == "Missing required field Statement");
  CHECK(error(with(R"("Effect":"Allow","Principle":"*")"), Dialect::s3).message == "Unknown field Principle");
  CHECK(error(with(R"("Effect":"Allow","Principal":"*","Action":"s3:*")"), Dialect::s3).message == "Missing required field Resource");
  CHECK(error(with(R"("Effect":"Allow","Principal":{"AWS":"user"},"Action":"s3:*","Resource":"*")"), Dialect::s3).message == "Invalid principal in policy");
  CHECK(error(with(R"("Effect":"Allow","Principal":"*","Action":"Get","Resource":"*")"), Dialect::s3).message == "Policy has invalid action");
  CHECK(error(with(R"("Effect":"Allow","Action":"kms:*","Resource":"*","Principal":{"AWS":"nobody"})"), Dialect::kms).message ==
        "Policy contains a statement with one or more invalid principals.");
  CHECK(error("{", Dialect::sqs).code == "InvalidAttributeValue");
  CHECK(error("{", Dialect::sns).message == "Invalid parameter: Policy Error: null");
  CHECK(error("{", Dialect::organizations, PolicyKind::scp).code == "MalformedPolicyDocumentException");
  CHECK(error("{", Dialect::iam, PolicyKind::trust).code == "MalformedPolicyDocument");
  CHECK(error("{", Dialect::iam, PolicyKind::trust).status == 400);
}

TEST_CASE("what_else_a_kind_demands") {
  CHECK(refusal(with(R"("Effect":"Allow","Principal":"*","Action":"sns:Publish")", ""), PolicyKind::resource, Dialect::sns) == "accepted");
  CHECK(refusal(with(R"("Effect":"Allow","Action":"sns:Publish")"), PolicyKind::resource, Dialect::generic) == "Policy document must specify a principal.");
  CHECK(refusal(with(R"("Effect":"Allow","Principal":{"AWS":"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},"Action":"s3:*","Resource":"*")"),
                PolicyKind::resource, Dialect::s3) == "accepted");
  CHECK(refusal(with(R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")"), PolicyKind::rcp) == "accepted");
  CHECK(refusal(with(R"("Effect":"Allow","Principal":"*","Action":"*","Resource":"*")"), PolicyKind::rcp) == "accepted");
  CHECK(refusal(with(R"("Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*")"), PolicyKind::rcp) == kSyntax);
  CHECK(refusal(with(R"("Effect":"Deny","Principal":{"AWS":"111111111111"},"Action":"s3:*","Resource":"*")"), PolicyKind::rcp) == kSyntax);
  CHECK(refusal(with(R"("Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*")"), PolicyKind::rcp) == kSyntax);
  CHECK(refusal(with(R"("Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*")"), PolicyKind::scp) != "accepted");
  CHECK(refusal(with(R"("Effect":"Deny","Action":"s3:*","Resource":"*")"), PolicyKind::scp) == "accepted");
}

TEST_CASE("hostile_documents_are_refused_within_bounds") {
  CHECK(refusal(std::string(300'000, ' ')) == kSyntax);
  CHECK(refusal(std::string(200'000, '[')) == kSyntax);
  CHECK(refusal(with_action("\"s3:\xC3\x28\"")) == kSyntax);
  std::string many = R"({"Version":"2012-10-17","Statement":[)";
  for (int i = 0; i < 5000; i++) many += R"({"Effect":"Deny","Action":"*","Resource":"*"},)";
  many.back() = ']';
  CHECK(refusal(many + "}") == kSyntax);
  CHECK(refusal(with_resource(R"("arn:aws:sqs:::\u0000\u00ff*")")) == "accepted");
}

TEST_CASE("what_services_ask_about_a_document") {
  auto p = *compile(R"({"Statement":[{"Sid":"One","Effect":"Allow","Principal":{"AWS":["111111111111","*"],"Service":"sns.amazonaws.com"},
                      "Action":["sqs:SendMessage","SQS:Get*"],"Resource":"arn:aws:sqs:::q"},{"Effect":"Deny","NotPrincipal":{"CanonicalUser":"abc"},
                      "NotAction":"sqs:*","NotResource":["a","b"]}]})", PolicyKind::resource, {Dialect::sqs, "aws"});
  CHECK(kind_of(*p) == PolicyKind::resource);
  CHECK(version_of(*p) == "2008-10-17");
  REQUIRE(statement_count(*p) == 2);
  CHECK(actions_of(*p, 0) == std::vector<std::string_view>{"sqs:SendMessage", "SQS:Get*"});
  CHECK(resources_of(*p, 1) == std::vector<std::string_view>{"a", "b"});
  auto names = principals_of(*p);
  REQUIRE(names.size() == 4);
  CHECK(names[0].type == PrincipalName::Type::aws);
  CHECK(names[1].type == PrincipalName::Type::everyone);
  CHECK(names[2].value == "sns.amazonaws.com");
  CHECK((names[3].negated && names[3].statement == 1));
  CHECK(quota_size("{ \"a\" :\t\"b c\u00e4\"\r\n}") == 11);
}

TEST_CASE("public_policies_are_recognised") {
  auto is = [](std::string_view principal, std::string_view condition) {
    std::string members = R"("Effect":"Allow","Action":"s3:GetObject","Resource":"*","Principal":)" + std::string(principal);
    if (!condition.empty()) members += ",\"Condition\":" + std::string(condition);
    return is_public(**compile(with(members), PolicyKind::resource, {Dialect::s3, "aws"}));
  };
  CHECK(is("\"*\"", ""));
  CHECK(is(R"({"AWS":"*"})", ""));
  CHECK_FALSE(is(R"({"AWS":"111111111111"})", ""));
  CHECK_FALSE(is(R"({"Service":"sns.amazonaws.com"})", ""));
  CHECK_FALSE(is("\"*\"", R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})"));
  CHECK_FALSE(is("\"*\"", R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})"));
  CHECK(is("\"*\"", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}})"));
  CHECK(is("\"*\"", R"({"StringLike":{"aws:SourceVpc":"vpc-*"}})"));
  CHECK_FALSE(is("\"*\"", R"({"StringEquals":{"aws:SourceVpc":"vpc-1"}})"));
  CHECK(is("\"*\"", R"({"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}})"));
  CHECK(is("\"*\"", R"({"StringNotEquals":{"aws:SourceVpc":"vpc-1"}})"));
  CHECK(is("\"*\"", R"({"StringEquals":{"aws:UserAgent":"mine"}})"));
}

TEST_CASE("all_managed_policies_of_aws_compile_and_a_decision_with_ten_is_fast") {
  simdjson::dom::parser parser;
  simdjson::dom::element all;
  std::string path = data_dir() + "/iam/managed_policies.json";
  if (parser.load(path).get(all) != simdjson::SUCCESS) {
    MESSAGE("skipped: no test data in ", path);
    return;
  }
  std::map<std::string, PolicyPtr, std::less<>> policies;
  for (auto [name, entry] : simdjson::dom::object(all)) {
    simdjson::dom::element document = entry["Document"];
    auto p = compile(simdjson::minify(document), PolicyKind::identity);
    INFO(std::string(name));
    REQUIRE_MESSAGE(p, (p ? "" : p.error().message + " " + p.error().detail));
    policies[std::string(name)] = *p;
  }
  CHECK(policies.size() > 1000);

  std::vector<Attached> ten;
  for (const char* name : {"ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "AmazonSQSFullAccess", "AmazonDynamoDBFullAccess", "AWSLambda_FullAccess", "CloudWatchFullAccess",
                           "AmazonEC2FullAccess", "IAMUserChangePassword", "AmazonSageMakerFullAccess", "AmazonRDSFullAccess"}) {
    REQUIRE(policies.count(name));
    ten.push_back({policies[name], name});
  }
  Principal user = Principal::user("arn:aws:iam::111111111111:user/x", "AIDAXXXXXXXXXXXXXXXX");
  ListKeys keys;
  keys.set("aws:securetransport", "true");
  keys.set("aws:sourceip", "10.0.0.1");
  for (auto [text, resource, allowed] : {std::tuple{"s3:GetObject", "arn:aws:s3:::data/k", true}, {"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:q", true},
                                         {"iam:PassRole", "arn:aws:iam::111111111111:role/r", false}, {"kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/k", false}}) {
    Action action(text);
    Input in;
    in.request = {&user, &action, resource, "111111111111", &keys, false};
    in.identity = ten;
    CHECK(evaluate(in).allowed() == allowed);
    std::printf("  decision over ten managed policies, %-16s %.2f us\n", text, micros_each(in, allowed));
  }
  // Everything at once: boundary, three levels of SCPs, a bucket policy and an inline policy with variables and conditions.
  std::vector<Attached> scp = {{*compile(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":["iam:*","sts:*"],
      "Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}}]})",
                                         PolicyKind::scp), "scp"}};
  std::vector<Attached> bucket = {{*compile(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],
      "Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*",
      "Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}}]})", PolicyKind::resource), "bucket"}};
  std::vector<Attached> eleven = ten;
  eleven.insert(eleven.begin(), {*compile(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"arn:aws:s3:::data/${aws:username}/*",
      "Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/${aws:username}"}}}})", PolicyKind::identity), "inline"});
  Attached boundary{policies["PowerUserAccess"], "PowerUserAccess"};
  Level levels[] = {{scp, "r-1"}, {scp, "ou-1"}, {scp, "111111111111"}};
  keys.set("aws:requestedregion", "eu-west-1");
  Action put("s3:PutObject");
  Input in;
  in.request = {&user, &put, "arn:aws:s3:::data/x/k", "111111111111", &keys, false};
  in.identity = eleven;
  in.resource = bucket;
  in.boundary = &boundary;
  in.scps = levels;
  std::printf("  decision over all policy types at once              %.2f us\n", micros_each(in, true));
}
