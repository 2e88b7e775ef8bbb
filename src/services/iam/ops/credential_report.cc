// GenerateCredentialReport, GetCredentialReport, and the task that makes the report: a table of the account's users and their credentials.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
//   cred_report () -> CredentialReport   in the account's global scope; good for four hours
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/last_use.h"
#include "gateway/tasks.h"
#include "gen/iam/operations.h"
#include "services/iam/entities.h"
#include "services/iam/state_account.h"
#include "services/iam/user_credentials.h"

namespace fogbank::iam {
namespace {

constexpr store::Table kCredentialReports{"iam", "cred_report"};
constexpr Millis kGoodFor = 4 * 3600 * 1000;
constexpr Millis kAccountsBegan = 1704067200000;  // as GetUser shows root
constexpr size_t kKeys = 2, kCertificates = 2;
constexpr std::string_view kHeader =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,"
    "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

struct CredentialReport {
  Millis begun = 0, completed = 0;   ///< completed 0: under way
  std::string content;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, begun); a(2, completed); a(3, content); a(unknown); }
};

store::Key credential_report_key(const Scope& scope) { return store::key(scope.global(), kCredentialReports); }
bool expired(const CredentialReport& r, Millis now) { return r.completed && r.completed + kGoodFor <= now; }

/// "2026-01-31T12:00:00+00:00"
std::string time_text(Millis t) {
  std::string out = iso8601(whole_second(t));
  out.pop_back();
  return out + "+00:00";
}

void add_key(std::string& out, const AccessKey& key, const std::optional<LastUse>& last) {
  append(out, ',', key.inactive ? "false" : "true", ',', time_text(key.created));
  if (last) append(out, ',', time_text(last->time), ',', last->region, ',', last->service);
  else append(out, ",N/A,N/A,N/A");
}

void add_password(std::string& out, const std::optional<LoginProfile>& profile, const std::optional<PasswordPolicy>& policy) {
  if (!profile) return append(out, ",false,N/A,N/A,N/A");
  append(out, ",true,no_information,", time_text(profile->changed), ',');
  append(out, policy && policy->max_age_days ? time_text(profile->changed + policy->max_age_days * 86400000) : std::string("N/A"));
}

std::string user_line(const LastUses& uses, store::Reader& reader, const Scope& scope, const Entity& user, const std::optional<PasswordPolicy>& policy) {
  std::string out = cat(user.name, ',', entity_arn(scope, user), ',', time_text(user.created));
  add_password(out, reader.get_as<LoginProfile>(login_profile_key(scope, user.id)), policy);
  out += ",false";
  for (size_t i = 0; i < kKeys; i++) {
    auto key = i < user.access_keys.size() ? reader.get_as<AccessKey>(access_key_key(scope, user.access_keys[i])) : std::nullopt;
    if (key) add_key(out, *key, uses.of_key(reader, scope, key->id));
    else out += ",false,N/A,N/A,N/A,N/A";
  }
  auto certificates = credentials_of(reader, scope, user.id, CredentialKind::certificate);
  for (size_t i = 0; i < kCertificates; i++) {
    if (i < certificates.size()) append(out, ',', certificates[i].inactive ? "false" : "true", ',', time_text(certificates[i].created));
    else out += ",false,N/A";
  }
  return out;
}

std::string report_text(const LastUses& uses, store::Reader& reader, const Scope& scope) {
  std::string out = cat(kHeader, "\n<root_account>,arn:", scope.partition, ":iam::", scope.account, ":root,", time_text(kAccountsBegan),
                        ",not_supported,no_information,not_supported,not_supported,false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A");
  auto policy = reader.get_as<PasswordPolicy>(password_policy_key(scope));
  walk_paths(reader, scope, kind_name(EntityKind::user), "/", std::nullopt, [&](const PathPlace& place) {
    if (auto user = find_entity(reader, scope, EntityKind::user, place.name)) append(out, '\n', user_line(uses, reader, scope, *user, policy));
    return true;
  });
  return out;
}

}  // namespace

Result<void> GenerateCredentialReport(Context& cx, const svc::GenerateCredentialReportInput&, svc::GenerateCredentialReportResponse& out) {
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto report = tx.get_as<CredentialReport>(credential_report_key(cx.scope()));
    if (report && !expired(*report, cx.now())) {
      out.State = report->completed ? "COMPLETE" : "INPROGRESS";
      out.Description = Str();
      return {};
    }
    out.State = "STARTED";
    out.Description = "No report exists. Starting a new report generation task";
    CredentialReport begun;
    begun.begun = cx.now();
    tx.put_record(credential_report_key(cx.scope()), begun);
    store::Task task;
    task.due = cx.now();
    task.kind = "iam.make_credential_report";
    task.scope = cx.scope().global();
    tx.schedule(std::move(task));
    return {};
  }));
  return {};
}

Result<void> make_credential_report(TaskContext& cx) {
  struct Made { Scope scope; CredentialReport report; };
  Made made{cx.task().scope, {}};
  bool wanted = false;
  cx.read([&](store::Reader& reader) {
    auto report = reader.get_as<CredentialReport>(credential_report_key(made.scope));
    wanted = report && !report->completed;
    if (!wanted) return;
    made.report = std::move(*report);
    made.report.content = report_text(cx.core().last_uses(), reader, made.scope);
  });
  if (!wanted) return cx.finish();
  made.report.completed = cx.now();
  return cx.finish(made, [](store::Txn& tx, const Made& m) -> Result<void> {
    if (tx.has(credential_report_key(m.scope))) tx.put_record(credential_report_key(m.scope), m.report);
    return {};
  });
}

Result<void> GetCredentialReport(Context& cx, const svc::GetCredentialReportInput&, svc::GetCredentialReportResponse& out) {
  std::optional<CredentialReport> report;
  cx.read([&](store::Reader& reader) { report = reader.get_as<CredentialReport>(credential_report_key(cx.scope())); });
  if (!report) return fail("ReportNotPresent", "No report exists for this account. Generate a report first.", 410);
  if (!report->completed) return fail("ReportInProgress", "The credential report is still being generated.", 404);
  if (expired(*report, cx.now())) return fail("ReportExpired", "The credential report has expired. Generate a new one.", 410);
  out.Content = Blob(cx.arena().copy(report->content));
  out.ReportFormat = "text/csv";
  out.GeneratedTime = whole_second(report->completed);
  return {};
}

}  // namespace fogbank::iam
