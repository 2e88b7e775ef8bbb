// Keys through their life: creation, states, deletion, rotation, aliases.
#include "services/kms/ciphertext.h"
#include "services/kms/tests/service.h"

namespace fogbank::kms {

TEST_CASE("a_ciphertext_opens_with_its_context_in_any_order_and_no_other") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create(), blob = s.encrypt(id, "text", {{"b", "2"}, {"a", "1"}});
    CHECK(s.decrypt(blob, {{"a", "1"}, {"b", "2"}}) == "text");
    CHECK(s.decrypt(blob, {{"a", "1"}}) == "InvalidCiphertextException: ");
    CHECK(s.decrypt(blob, {{"a", "1b2"}}) == "InvalidCiphertextException: ");
    CHECK(s.decrypt("no blob") == "InvalidCiphertextException: ");
    CHECK(s.decrypt(blob, {{"a", "1"}, {"b", "2"}}, s.create()) == "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation.");
    for (size_t i : {size_t(0), size_t(12), size_t(20), size_t(31), blob.size() - 1}) {   // prefix, account, id, version, tag
      std::string other = blob;
      other[i] = char(other[i] ^ 1);
      CHECK(s.decrypt(other, {{"a", "1"}, {"b", "2"}}) != "text");
    }
  }
}

TEST_CASE("key_ids_and_contexts_are_packed_without_loss") {
  CHECK(unpacked_id(*packed_id("1234abcd-12ab-34cd-56ef-1234567890ab")) == "1234abcd-12ab-34cd-56ef-1234567890ab");
  CHECK_FALSE(packed_id("1234ABCD-12ab-34cd-56ef-1234567890ab"));
  CHECK_FALSE(packed_id("1234abcd-12ab-34cd-56ef-1234567890a"));
  std::string key(32, 'k'), nonce(12, 'n');
  BlobHead head{"000000000042", "1234abcd-12ab-34cd-56ef-1234567890ab", 7};
  std::string blob = seal_blob(head, key, nonce, {{"a", "bc"}}, "plain");
  auto read = read_blob(blob);
  REQUIRE(read);
  CHECK(read->account == head.account);
  CHECK(read->key_id == head.key_id);
  CHECK(read->version == 7);
  CHECK_FALSE(open_blob(blob, key, {{"ab", "c"}}));
  CHECK(open_blob(blob, key, {{"a", "bc"}}) == "plain");
  for (size_t n = 0; n < blob.size(); n++) CHECK_FALSE(open_blob(blob.substr(0, n), key, {{"a", "bc"}}));
}

TEST_CASE("disabled_keys_and_keys_pending_deletion_do_nothing") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create(), blob = s.encrypt(id, "x");
    REQUIRE(s.on<op::DisableKey>(id));
    CHECK(s.decrypt(blob) == cat("DisabledException: ", s.arn(id), " is disabled."));
    REQUIRE(s.on<op::EnableKey>(id));
    CHECK(s.decrypt(blob) == "x");
    svc::ScheduleKeyDeletionRequest in{};
    in.KeyId = s.str(id);
    in.PendingWindowInDays = 6;
    CHECK_FALSE(s.call<op::ScheduleKeyDeletion>(in));
    in.PendingWindowInDays = 7;
    auto* out = s.call<op::ScheduleKeyDeletion>(in);
    REQUIRE(out);
    CHECK(*out->DeletionDate == s.t.core().now() + 7 * kDay);
    CHECK(s.decrypt(blob) == cat("KMSInvalidStateException: ", s.arn(id), " is pending deletion."));
    CHECK_FALSE(s.on<op::EnableKey>(id));
    CHECK_FALSE(s.call<op::ScheduleKeyDeletion>(in));
    REQUIRE(s.on<op::CancelKeyDeletion>(id));
    CHECK(s.state(id) == "Disabled");
    CHECK_FALSE(s.on<op::CancelKeyDeletion>(id));
    CHECK(s.error == cat("KMSInvalidStateException: ", s.arn(id), " is not pending deletion."));
    s.advance_days(8);   // the cancelled task must not come back
    CHECK(s.state(id) == "Disabled");
  }
}

TEST_CASE("a_key_is_deleted_with_everything_of_it_when_its_time_comes") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create(), blob = s.encrypt(id, "x");
    REQUIRE(s.alias("alias/a", id));
    REQUIRE(s.on<op::RotateKeyOnDemand>(id));
    svc::CreateGrantRequest grant{};
    grant.KeyId = s.str(id);
    grant.GranteePrincipal = s.str(s.admin().arn);
    grant.Operations.push(s.t.arena(), "Decrypt");
    for (int i = 0; i < 301; i++) REQUIRE(s.call<op::CreateGrant>(grant));
    svc::ScheduleKeyDeletionRequest in{};
    in.KeyId = s.str(id);
    in.PendingWindowInDays = 7;
    REQUIRE(s.call<op::ScheduleKeyDeletion>(in));
    s.advance_days(6);
    CHECK(s.state(id) == "PendingDeletion");
    s.advance_days(1);
    CHECK(s.state(id) == cat("NotFoundException: Key '", s.arn(id), "' does not exist"));
    for (const auto& table : {kKeys, kPolicies, kMaterials, kAliases, kGrants, kGrantees}) CHECK(s.records(table) == 0);
    CHECK(s.decrypt(blob).starts_with("AccessDeniedException: The ciphertext refers to a customer master key that does not exist"));
  }
}

TEST_CASE("rotation_makes_new_material_on_time_and_old_ciphertexts_stay_readable") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string id = s.create(), first = s.encrypt(id, "first");
    svc::EnableKeyRotationRequest in{};
    in.KeyId = s.str(id);
    in.RotationPeriodInDays = 90;
    REQUIRE(s.call<op::EnableKeyRotation>(in));
    Millis start = s.t.core().now();
    s.advance_days(89);
    CHECK(read_blob(s.encrypt(id, "x"))->version == 1);
    s.advance_days(1);
    std::string second = s.encrypt(id, "second");
    CHECK(read_blob(second)->version == 2);
    REQUIRE(s.on<op::RotateKeyOnDemand>(id));
    CHECK(read_blob(s.encrypt(id, "x"))->version == 3);
    CHECK(s.decrypt(first) == "first");
    CHECK(s.decrypt(second) == "second");
    auto* status = s.on<op::GetKeyRotationStatus>(id);
    REQUIRE(status);
    CHECK(*status->NextRotationDate == start + 180 * kDay);
    auto* list = s.on<op::ListKeyRotations>(id);
    REQUIRE(list);
    REQUIRE(list->Rotations.size() == 2);
    CHECK(list->Rotations[0].RotationType == "AUTOMATIC");
    CHECK(*list->Rotations[0].RotationDate == start + 90 * kDay);
    CHECK(list->Rotations[1].RotationType == "ON_DEMAND");

    // A rotation that comes due while the key is disabled is made up for when it is enabled.
    REQUIRE(s.on<op::DisableKey>(id));
    s.advance_days(90);
    REQUIRE(s.on<op::EnableKey>(id));
    CHECK(read_blob(s.encrypt(id, "x"))->version == 3);
    s.advance_days(0);
    CHECK(read_blob(s.encrypt(id, "x"))->version == 4);
    REQUIRE(s.on<op::DisableKeyRotation>(id));
    s.advance_days(400);
    CHECK(read_blob(s.encrypt(id, "x"))->version == 4);
    CHECK_FALSE(*s.on<op::GetKeyRotationStatus>(id)->KeyRotationEnabled);
  }
}

TEST_CASE("only_symmetric_keys_rotate_and_only_so_often") {
  Service s(true);
  std::string mac = s.create("HMAC_256", "GENERATE_VERIFY_MAC");
  CHECK_FALSE(s.on<op::RotateKeyOnDemand>(mac));
  CHECK(s.error == "UnsupportedOperationException: ");
  std::string id = s.create();
  for (int i = 0; i < kOnDemandRotations; i++) REQUIRE(s.on<op::RotateKeyOnDemand>(id));
  CHECK_FALSE(s.on<op::RotateKeyOnDemand>(id));
  CHECK(s.error.starts_with("LimitExceededException"));
}

TEST_CASE("aliases_lead_to_keys_and_can_be_pointed_elsewhere") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string one = s.create(), two = s.create(), mac = s.create("HMAC_256", "GENERATE_VERIFY_MAC");
    REQUIRE(s.alias("alias/a", one));
    CHECK_FALSE(s.alias("alias/a", two));
    CHECK(s.error == "AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:000000000000:alias/a already exists");
    CHECK(read_blob(s.encrypt("alias/a", "x"))->key_id == one);
    svc::UpdateAliasRequest in{};
    in.AliasName = Str("alias/a");
    in.TargetKeyId = s.str(two);
    REQUIRE(s.call<op::UpdateAlias>(in));
    CHECK(read_blob(s.encrypt("arn:aws:kms:us-east-1:000000000000:alias/a", "x"))->key_id == two);
    svc::ListAliasesRequest list{};
    list.KeyId = s.str(one);
    CHECK(s.call<op::ListAliases>(list)->Aliases.size() == 0);
    list.KeyId = s.str(two);
    CHECK(s.call<op::ListAliases>(list)->Aliases.size() == 1);
    in.TargetKeyId = s.str(mac);
    CHECK_FALSE(s.call<op::UpdateAlias>(in));
    svc::DeleteAliasRequest drop{};
    drop.AliasName = Str("alias/a");
    REQUIRE(s.call<op::DeleteAlias>(drop));
    CHECK(s.encrypt("alias/a", "x").empty());
    CHECK(s.error == "NotFoundException: Alias arn:aws:kms:us-east-1:000000000000:alias/a is not found.");
    CHECK_FALSE(s.call<op::DeleteAlias>(drop));
    CHECK_FALSE(s.alias("alias/aws/mine", one));
    CHECK(s.error.starts_with("NotAuthorizedException"));
    CHECK_FALSE(s.alias("plain", one));
    CHECK_FALSE(s.alias("alias/b", "alias/a"));
    CHECK(s.error == "ValidationException: Aliases must refer to keys. Not aliases");
    for (size_t i = 0; i < kAliasesPerKey; i++) REQUIRE(s.alias(cat("alias/n", i), one));
    CHECK_FALSE(s.alias("alias/more", one));
  }
}

TEST_CASE("operations_that_take_no_alias_say_that_the_id_is_invalid") {
  Service s(true);
  REQUIRE(s.alias("alias/a", s.create()));
  CHECK_FALSE(s.on<op::DisableKey>("alias/a"));
  CHECK(s.error == "NotFoundException: Invalid keyId 'alias/a'");
  CHECK_FALSE(s.on<op::DescribeKey>("arn:aws:kms:eu-west-1:000000000000:alias/a"));
  CHECK(s.error == "NotFoundException: Invalid arn eu-west-1");
}

TEST_CASE("specs_and_usages_that_do_not_go_together_are_refused") {
  Service s(true);
  CHECK(s.create("HMAC_256").empty());
  CHECK(s.error == "ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  for (auto [spec, usage] : {std::pair("RSA_2048", "KEY_AGREEMENT"), {"SYMMETRIC_DEFAULT", "SIGN_VERIFY"}, {"ECC_NIST_P256", "ENCRYPT_DECRYPT"},
                             {"ECC_SECG_P256K1", "KEY_AGREEMENT"}, {"ECC_NIST_EDWARDS25519", "KEY_AGREEMENT"}, {"HMAC_224", "SIGN_VERIFY"}}) {
    CHECK(s.create(spec, usage).empty());
    CHECK(s.error == cat("ValidationException: KeyUsage ", usage, " is not compatible with KeySpec ", spec));
  }
  CHECK(s.create("ML_DSA_44", "SIGN_VERIFY").empty());
  CHECK(s.error == "NotImplemented: KeySpec ML_DSA_44 is not served by Fogbank.");
}

TEST_CASE("lists_go_on_behind_their_marker") {
  Service s(true);
  std::vector<std::string> made, listed;
  for (int i = 0; i < 7; i++) made.push_back(s.create());
  std::sort(made.begin(), made.end());
  svc::ListKeysRequest in{};
  in.Limit = 3;
  std::string marker;
  for (int page = 0; page < 3; page++) {
    if (page) in.Marker = Str(marker);
    auto* out = s.call<op::ListKeys>(in);
    REQUIRE(out);
    for (const auto& k : out->Keys) listed.emplace_back(k.KeyId);
    CHECK(*out->Truncated == (page < 2));
    marker = out->NextMarker.view();
  }
  CHECK(listed == made);
  in.Marker = Str("nonsense");
  CHECK_FALSE(s.call<op::ListKeys>(in));
}

}  // namespace fogbank::kms
