// KMS through the library for other services: an operation of SSM's kind that requires a use of a key and then does it.
#include <doctest/doctest.h>

#include "gateway/access.h"
#include "gateway/chain.h"
#include "gen/sqs/operations.h"
#include "services/kms/data_keys.h"
#include "services/kms/tests/service.h"

namespace fogbank::kms {
namespace {

/// What the operation under test does; set by each test.
struct Script {
  std::function<Result<void>(AuthoriseContext&)> authorise;
  std::function<Result<void>(Context&)> run;
};
Script* script = nullptr;

struct Caller : Service {
  Script mine;
  OperationInfo op = sqs::op::ListQueues::info();

  explicit Caller(bool hostile = true) : Service(hostile) {
    script = &mine;
    op.rules = {};
    op.keys = {};
    op.authorise = [](AuthoriseContext& cx, const wire::View&) { return script->authorise(cx); };
    op.plain = [](Context& cx, const void*, void*) { return script->run(cx); };
  }
  ~Caller() { script = nullptr; }

  /// Runs the operation as `who` and commits.
  bool run(const auth::Principal& who) {
    sqs::svc::ListQueuesRequest in{};
    Call c;
    for (const auto* s : all_services()) if (std::string_view(s->folder) == "sqs") c.service = s;
    c.op = &op;
    c.protocol = c.service->wire->protocols[0];
    c.core = &t.core();
    c.request_id = "00000000-0000-0000-0000-000000000001";
    c.principal = std::make_shared<auth::Principal>(who);
    c.caller = c.target = t.scope();
    if (!who.account.empty()) c.caller.account = c.target.account = AccountId(who.account);
    c.input = &in;
    auto outcome = t.core().chain().run_validated(c);
    error = outcome ? "" : cat(outcome.error().code, ": ", outcome.error().message);
    t.store().commit();
    return bool(outcome);
  }
  bool run() { return run(admin()); }

  std::string new_key(std::string_view policy = {}) { return arn(create({}, {}, policy)); }
  std::vector<AccessRecord> kms_records() {
    new_key();   // records join the next commit of a write
    std::vector<AccessRecord> out;
    t.core().access().scan([&](const AccessRecord& r) {
      if (r.service == "kms" && r.cause.starts_with("request/")) out.push_back(r);
      return true;
    });
    return out;
  }
};

KeyUse use_of(std::string_view key, std::string_view context = "one") {
  KeyUse use;
  use.service = "ssm";
  use.key = key;
  use.context = {{"PARAMETER_ARN", std::string(context)}};
  return use;
}

}  // namespace

TEST_CASE("a_data_key_is_generated_and_decrypted_by_another_service") {
  for (bool hostile : {true, false}) {
    Caller c(hostile);
    std::string arn = c.new_key(), plain;
    DataKey made;
    c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
    c.mine.run = [&](Context& cx) -> Result<void> {
      FB_ASSIGN(key, generate_data_key(cx, use_of(arn)));
      made = key;
      return {};
    };
    REQUIRE_MESSAGE(c.run(), c.error);
    CHECK(made.plain.size() == 32);
    CHECK(made.key_arn == arn);
    CHECK(key_arn_of(c.t.scope(), made.ciphertext) == arn);

    c.mine.authorise = [&](AuthoriseContext& cx) { return require_decrypt(cx, use_of({}), made.ciphertext); };
    c.mine.run = [&](Context& cx) -> Result<void> {
      FB_ASSIGN(key, decrypt(cx, use_of({}), made.ciphertext));
      plain = key.view();
      return {};
    };
    REQUIRE_MESSAGE(c.run(), c.error);
    CHECK(plain == made.plain.view());

    c.mine.authorise = [&](AuthoriseContext& cx) { return require_decrypt(cx, use_of({}, "other"), made.ciphertext); };
    c.mine.run = [&](Context& cx) -> Result<void> { FB_TRY(decrypt(cx, use_of({}, "other"), made.ciphertext)); return {}; };
    CHECK_FALSE(c.run());
    CHECK(c.error == "InvalidCiphertextException: ");

    auto records = c.kms_records();
    REQUIRE(records.size() == 3);   // newest first
    CHECK(records[0].error_code == "InvalidCiphertextException");
    CHECK(records[1].operation == "Decrypt");
    CHECK(records[2].operation == "GenerateDataKey");
    CHECK(records[2].source_ip == "ssm.amazonaws.com");
    CHECK(records[2].parameters == cat(R"({"keyId":")", arn, R"(","encryptionContext":{"PARAMETER_ARN":"one"}})"));
  }
}

TEST_CASE("a_decrypt_required_without_a_ciphertext_covers_all_of_its_key_and_no_other") {
  Caller c;
  std::string arn = c.new_key(), other = c.new_key();
  std::vector<DataKey> made;
  std::string under = arn;
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(under)); };
  c.mine.run = [&](Context& cx) -> Result<void> {
    for (int i = 0; i < 2; i++) {   // one decision, any number of keys
      FB_ASSIGN(key, generate_data_key(cx, use_of(under)));
      made.push_back(key);
    }
    return {};
  };
  REQUIRE_MESSAGE(c.run(), c.error);
  under = other;
  REQUIRE_MESSAGE(c.run(), c.error);
  std::string context = "one";
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_decrypt(cx, use_of(arn)); };
  std::string results;
  c.mine.run = [&](Context& cx) -> Result<void> {
    for (const DataKey& key : made) {
      auto plain = decrypt(cx, use_of(arn, context), key.ciphertext);
      append(results, plain ? (plain->view() == key.plain.view() ? "same" : "other") : plain.error().code, " ");
    }
    return {};
  };
  REQUIRE_MESSAGE(c.run(), c.error);
  CHECK(results == "same same ServiceUnavailable ServiceUnavailable ");
  results.clear();
  context = "two";
  REQUIRE(c.run());
  CHECK(results == "ServiceUnavailable ServiceUnavailable ServiceUnavailable ServiceUnavailable ");
}

TEST_CASE("an_aws_managed_key_is_made_at_its_first_use_and_only_serves_its_service") {
  for (bool hostile : {true, false}) {
    Caller c(hostile);
    std::string first, second;
    c.mine.authorise = [&](AuthoriseContext& cx) { return require_encrypt(cx, use_of({})); };
    c.mine.run = [&](Context& cx) -> Result<void> {
      FB_ASSIGN(made, encrypt(cx, use_of({}), "secret"));
      first = made.ciphertext;
      FB_ASSIGN(again, encrypt(cx, use_of({}), "secret"));   // in the same call: the key is applied and not yet committed
      second = again.ciphertext;
      return {};
    };
    auth::Principal nobody = c.user("nobody");   // the key's policy lets everybody in the account use it through SSM
    REQUIRE_MESSAGE(c.run(nobody), c.error);
    CHECK(first != second);
    std::string arn = key_arn_of(c.t.scope(), first);
    CHECK(key_arn_of(c.t.scope(), second) == arn);

    svc::DescribeKeyRequest in{};
    in.KeyId = Str("alias/aws/ssm");
    auto out = c.t.call<op::DescribeKey>(in);
    REQUIRE(out);
    CHECK((*out)->KeyMetadata->Arn == arn);
    CHECK((*out)->KeyMetadata->KeyManager == "AWS");

    svc::DecryptRequest direct{};
    direct.CiphertextBlob = Blob(first);
    direct.EncryptionContext.add(c.t.arena(), "PARAMETER_ARN") = "one";
    auto refused = c.t.call<op::Decrypt>(direct);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "AccessDeniedException");

    auth::Principal through = auth::forward_access(auth::development_principal(c.t.scope().account.str()), "ssm");
    auto taken = c.t.call<op::Decrypt>(direct, through);   // as a task would
    REQUIRE(taken);
    CHECK((*taken)->Plaintext.view() == "secret");
  }
}

TEST_CASE("the_callers_own_permissions_decide_about_the_use_of_a_key") {
  Caller c;
  std::string arn = c.new_key();
  bool ran = false;
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
  c.mine.run = [&](Context& cx) -> Result<void> {
    ran = true;
    FB_TRY(generate_data_key(cx, use_of(arn)));
    return {};
  };
  auth::Principal without = c.user("without");
  CHECK_FALSE(c.run(without));
  CHECK_FALSE(ran);
  CHECK(c.error == cat("AccessDeniedException: User: ", without.arn, " is not authorized to perform: kms:GenerateDataKey on resource: ", arn,
                       " because no identity-based policy allows the kms:GenerateDataKey action"));
  auto records = c.kms_records();
  REQUIRE(records.size() == 1);
  CHECK_FALSE(records[0].allowed);
  CHECK(records[0].operation == "GenerateDataKey");

  auth::Principal through_s3 = c.user("s3", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"*",
    "Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}]})");
  CHECK_FALSE(c.run(through_s3));
  auth::Principal through_ssm = c.user("ssm", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"*",
    "Condition":{"StringEquals":{"kms:ViaService":"ssm.us-east-1.amazonaws.com","kms:EncryptionContext:PARAMETER_ARN":"one"},"Bool":{"aws:ViaAWSService":"true"}}}]})");
  CHECK_MESSAGE(c.run(through_ssm), c.error);
}

TEST_CASE("a_grant_allows_what_no_policy_does") {
  Caller c;
  std::string arn = c.new_key();
  auth::Principal grantee = c.user("grantee");
  svc::CreateGrantRequest in{};
  in.KeyId = Str(arn);
  in.GranteePrincipal = Str(grantee.arn);
  in.Operations.push(c.t.arena(), "GenerateDataKey");
  auto& constraints = *(in.Constraints = c.t.arena().make<svc::GrantConstraints>()).ptr;
  constraints.EncryptionContextSubset.add(c.t.arena(), "PARAMETER_ARN") = "one";
  REQUIRE(c.t.call<op::CreateGrant>(in));
  std::string context = "one";
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn, context)); };
  c.mine.run = [&](Context& cx) -> Result<void> { FB_TRY(generate_data_key(cx, use_of(arn, context))); return {}; };
  CHECK_MESSAGE(c.run(grantee), c.error);
  context = "two";
  CHECK_FALSE(c.run(grantee));
}

TEST_CASE("a_key_of_another_account_needs_both_sides") {
  Caller c;
  Scope home = c.t.scope();
  constexpr const char* kPolicy = R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"},
    {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"}]})";
  std::string shared = c.new_key(kPolicy), own = c.new_key();
  REQUIRE(!shared.empty());
  std::string arn = shared, ciphertext;
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
  c.mine.run = [&](Context& cx) -> Result<void> {
    FB_ASSIGN(key, generate_data_key(cx, use_of(arn)));
    ciphertext = key.ciphertext;
    return {};
  };
  auth::Principal stranger = auth::development_principal("222222222222");
  CHECK_MESSAGE(c.run(stranger), c.error);
  CHECK(key_arn_of(home, ciphertext) == shared);
  arn = own;
  CHECK_FALSE(c.run(stranger));
  CHECK(c.error == cat("AccessDeniedException: User: ", stranger.arn, " is not authorized to perform: kms:GenerateDataKey on resource: ", own,
                       " because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"));
}

TEST_CASE("a_service_that_calls_another_needs_the_key_policy") {
  Caller c;
  std::string closed = c.new_key(), open = c.new_key(R"({"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"kms:*","Resource":"*"},
    {"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":["kms:GenerateDataKey*","kms:Decrypt"],"Resource":"*",
     "Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}}]})");
  std::string arn = open;
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
  c.mine.run = [&](Context& cx) -> Result<void> { FB_TRY(generate_data_key(cx, use_of(arn))); return {}; };
  auth::Principal sns = auth::service_principal("sns", "arn:aws:sns:us-east-1:000000000000:topic", "000000000000");
  CHECK_MESSAGE(c.run(sns), c.error);
  arn = closed;
  CHECK_FALSE(c.run(sns));
  CHECK(c.error.starts_with("AccessDeniedException"));
}

TEST_CASE("keys_that_cannot_be_used_answer_as_kms_does") {
  Caller c;
  std::string arn = c.new_key();
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
  c.mine.run = [&](Context& cx) -> Result<void> { FB_TRY(generate_data_key(cx, use_of(arn))); return {}; };
  svc::DisableKeyRequest off{};
  std::string id = arn.substr(arn.find('/') + 1);
  off.KeyId = Str(id);
  REQUIRE(c.t.call<op::DisableKey>(off));
  CHECK_FALSE(c.run());
  CHECK(c.error == cat("DisabledException: ", arn, " is disabled."));
  svc::ScheduleKeyDeletionRequest drop{};
  drop.KeyId = Str(id);
  REQUIRE(c.t.call<op::ScheduleKeyDeletion>(drop));
  CHECK_FALSE(c.run());
  CHECK(c.error == cat("KMSInvalidStateException: ", arn, " is pending deletion."));
  arn = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(c.run());
  CHECK(c.error == cat("NotFoundException: Key '", arn, "' does not exist"));
  arn = "alias/none";
  CHECK_FALSE(c.run());
  CHECK(c.error == "NotFoundException: Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.");
}

TEST_CASE("a_use_that_was_not_required_is_refused") {
  Caller c;
  std::string arn = c.new_key(), other = c.new_key();
  c.mine.authorise = [&](AuthoriseContext& cx) { return require_generate(cx, use_of(arn)); };
  c.mine.run = [&](Context& cx) -> Result<void> { FB_TRY(generate_data_key(cx, use_of(other))); return {}; };
  CHECK_FALSE(c.run());
  CHECK(c.error.starts_with("ServiceUnavailable"));
}

TEST_CASE("a_denied_entry_of_a_batch_fails_alone") {
  Caller c;
  std::string arn = c.new_key();
  KeyUse good = use_of({}), bad = use_of(arn);
  good.entry = 0;
  bad.entry = 1;
  bad.reword = [](ApiError&& e) { return ApiError("InvalidKeyId", e.message); };
  std::string results;
  c.mine.authorise = [&](AuthoriseContext& cx) -> Result<void> { FB_TRY(require_encrypt(cx, good)); return require_encrypt(cx, bad); };
  c.mine.run = [&](Context& cx) -> Result<void> {
    for (const KeyUse& use : {good, bad}) {
      auto r = encrypt(cx, use, "x");
      append(results, r ? std::string("ok") : r.error().code, " ");
    }
    return {};
  };
  CHECK_MESSAGE(c.run(c.user("clerk")), c.error);
  CHECK(results == "ok InvalidKeyId ");
}

}  // namespace fogbank::kms
