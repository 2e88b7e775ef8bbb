#include "services/ssm/secrets.h"

#include <algorithm>
#include <ctime>

#include "base/json_text.h"
#include "services/secretsmanager/secret_values.h"
#include "services/ssm/errors.h"

namespace fogbank::ssm {
namespace {

constexpr size_t kShortestVersionId = 32;   // of Secrets Manager; staging labels are words

bool version_id(std::string_view selector) {
  return selector.size() >= kShortestVersionId && std::all_of(selector.begin(), selector.end(), [](char c) { return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The same in both halves.
secretsmanager::SecretRead read_of(const SecretReference& r) {
  secretsmanager::SecretRead read;
  read.id = r.name;
  (version_id(r.selector) ? read.version_id : read.version_stage) = r.selector;
  read.via_service = "ssm";
  return read;
}

ApiError worded(ApiError&& e, std::string_view name) {
  if (e.code == "ResourceNotFoundException")
    return {"ParameterNotFound", cat("An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ", name, " not found.")};
  if (e.status >= 500 || e.code == "AccessDeniedException") return std::move(e);
  return validation(std::move(e.message));
}

/// "Oct 14, 2021, 10:18:47 AM", as SourceResult has it.
std::string long_date(Millis at) {
  time_t seconds = time_t(at / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  size_t n = std::strftime(text, sizeof text, "%b %e, %Y, %l:%M:%S %p", &parts);
  std::string out;
  for (size_t i = 0; i < n; i++) if (text[i] != ' ' || out.empty() || out.back() != ' ') out += text[i];   // %e and %l pad
  return out;
}

std::string source_result(const secretsmanager::SecretValue& v) {
  JsonText json;
  json.open().member("ARN", v.arn).member("name", v.name).member("versionId", v.version_id).member("secretString", v.value.view());
  json.key("versionStages").open_list();
  for (const std::string& stage : v.stages) json.text(stage);
  json.close_list().member("createdDate", long_date(v.created)).close();
  return json.str();
}

}  // namespace

Result<Chosen> choose_secret(AuthoriseContext& cx, const Reference& reference, bool decrypt) {
  if (!decrypt) return fail(validation("WithDecryption flag must be True for retrieving a Secret Manager secret."));
  Chosen out;
  out.name = reference.name;
  out.selector = reference.selector.empty() ? std::string() : cat(':', reference.selector);
  out.secret = SecretReference{reference.name.substr(kSecrets.size()), reference.selector};
  if (auto ok = secretsmanager::require_read(cx, read_of(*out.secret)); !ok) return fail(worded(std::move(ok.error()), reference.name));
  return out;
}

Result<void> fill_secret(Context& cx, const Chosen& chosen, svc::Parameter& out) {
  auto value = secretsmanager::read_secret(cx, read_of(*chosen.secret));
  if (!value) return fail(worded(std::move(value.error()), chosen.name));
  if (value->binary) return fail(not_served("A binary secret of Secrets Manager read through Parameter Store"));
  out.Name = cx.str(chosen.name);
  out.Type = "SecureString";
  out.Value = cx.str(value->value.view());
  out.Version = 0;
  if (!chosen.selector.empty()) out.Selector = cx.str(chosen.selector);
  out.SourceResult = cx.str(source_result(*value));
  out.LastModifiedDate = value->created;
  out.ARN = cx.str(value->arn);
  return {};
}

}  // namespace fogbank::ssm
