// GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails, GetServiceLastAccessedDetailsWithEntities,
// ListPoliciesGrantingServiceAccess, and the task that makes a report.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html and the like
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/context.h"
#include "gateway/tasks.h"
#include "gen/iam/operations.h"
#include "services/iam/action_reference.h"
#include "services/iam/answers.h"
#include "services/iam/last_access.h"

namespace fogbank::iam {
namespace {

constexpr size_t kServicesPerPage = 200;   // where the request does not say; AWS answers so many

struct ReportWork {
  std::string id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(unknown); }
};

/// Whose a report is: all keys of a user share it, a session has its own.
std::string report_owner(const auth::Principal& p) {
  bool session = p.kind == auth::PrincipalKind::role_session || p.kind == auth::PrincipalKind::federated_user;
  return session ? p.access_key_id : p.user_id.empty() ? p.arn : p.user_id;
}

ApiError no_such_job(std::string_view id) { return no_such_entity(cat("The job with id ", id, " cannot be found.")); }

Result<AccessReport> find_report(Context& cx, store::Reader& reader, std::string_view id) {
  auto report = reader.get_as<AccessReport>(report_key(cx.scope(), id));
  if (!report || report->owner != report_owner(cx.principal())) return fail(no_such_job(id));
  return std::move(*report);
}

/// What both answers begin with; true if there is more to say.
template <class Out> bool fill_job(Context& cx, const AccessReport& report, Out& out) {
  out.JobCreationDate = report.created;
  out.IsTruncated = false;
  out.JobStatus = !report.completed ? "IN_PROGRESS" : report.error.empty() ? "COMPLETED" : "FAILED";
  if (!report.completed) return false;
  out.JobCompletionDate = report.completed;
  if (report.error.empty()) return true;
  auto& error = cx.make(out.Error);
  error.Code = "NoSuchEntity";
  error.Message = cx.str(report.error);
  return false;
}

void fill_service(Context& cx, const ReportedService& s, bool by_action, svc::ServiceLastAccessed& out) {
  out.ServiceName = cx.str(s.name);
  out.ServiceNamespace = cx.str(s.prefix);
  if (s.last.time) {
    out.LastAuthenticated = whole_second(s.last.time);
    out.LastAuthenticatedEntity = cx.str(s.last.entity_arn);
    out.LastAuthenticatedRegion = cx.str(s.last.region);
  }
  out.TotalAuthenticatedEntities = int32_t(std::count_if(s.entities.begin(), s.entities.end(), [](const auto& e) { return e.time != 0; }));
  if (!by_action || s.actions.empty()) return;
  for (const ReportedAction& a : s.actions) {
    auto& to = out.TrackedActionsLastAccessed.add(cx.arena());
    to.ActionName = cx.str(a.name);
    if (!a.last.time) continue;
    to.LastAccessedTime = whole_second(a.last.time);
    to.LastAccessedEntity = cx.str(a.last.entity_arn);
    to.LastAccessedRegion = cx.str(a.last.region);
  }
}

/// Reads services of a report in the order of their namespaces, from behind a marker's.
template <class In> Result<void> fill_services(Context& cx, store::Reader& reader, const In& in, const AccessReport& report,
                                               svc::GetServiceLastAccessedDetailsResponse& out) {
  store::Key from = reported_services(cx.scope(), report.id), end = from.after_prefix();
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    from = reported_service_key(cx.scope(), report.id, m.first).after_prefix();
  }
  size_t limit = in.MaxItems ? page_size(in.MaxItems) : kServicesPerPage;
  std::string last;
  bool more = false;
  reader.scan(from, end, store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    more = out.ServicesLastAccessed.size() == limit;
    auto s = more ? std::nullopt : decode<ReportedService>(bytes);
    if (!s) return !more;
    fill_service(cx, *s, report.by_action, out.ServicesLastAccessed.add(cx.arena()));
    last = s->prefix;
    return true;
  });
  end_page(cx, out, more, more ? make_marker(last) : std::string());
  return {};
}

void fill_entity(Context& cx, const Entity& e, Millis time, svc::EntityDetails& out) {
  auto& info = cx.make(out.EntityInfo);
  info.Arn = cx.str(entity_arn(cx.scope(), e));
  info.Name = cx.str(e.name);
  info.Type = e.kind == EntityKind::user ? "USER" : "ROLE";
  info.Id = cx.str(e.id);
  info.Path = cx.str(e.path);
  if (time) out.LastAuthenticated = whole_second(time);
}

/// The oldest reports beyond the number that is kept go, one with each that is added.
void drop_oldest(store::Txn& tx, const Scope& scope) {
  std::vector<AccessReport> all;
  tx.scan_prefix(store::key(scope.global(), kAccessReports), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto r = decode<AccessReport>(bytes)) all.push_back(std::move(*r));
    return true;
  });
  if (all.size() <= kReportsPerAccount) return;
  auto oldest = std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.created < b.created; });
  std::vector<std::string> rows;
  tx.scan_prefix(reported_services(scope, oldest->id), [&](std::string_view key, std::string_view, store::Version) {
    rows.emplace_back(key);
    return true;
  });
  for (std::string& row : rows) tx.erase(store::Key::raw(std::move(row), false));
  tx.erase(report_key(scope, oldest->id));
}

struct MadeReport {
  Scope scope;
  AccessReport report;
  std::vector<ReportedService> services;
};

}  // namespace

Result<void> GenerateServiceLastAccessedDetails(Context& cx, const svc::GenerateServiceLastAccessedDetailsRequest& in,
                                                svc::GenerateServiceLastAccessedDetailsResponse& out) {
  AccessReport report;
  report.id = new_request_id(cx.random());
  report.arn = in.Arn.view();
  report.owner = report_owner(cx.principal());
  report.by_action = in.Granularity.view() == "ACTION_LEVEL";
  report.created = cx.now();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(report_subject(cx.state<Caches>(), tx, cx.scope(), report.arn));
    tx.put_record(report_key(cx.scope(), report.id), report);
    store::Task task;
    task.due = cx.now();
    task.kind = "iam.make_access_report";
    task.scope = cx.scope().global();
    task.payload = encode(ReportWork{report.id, {}});
    tx.schedule(std::move(task));
    return {};
  }));
  out.JobId = cx.str(report.id);
  return {};
}

Result<void> make_access_report(TaskContext& cx) {
  auto work = cx.payload<ReportWork>();
  if (!work) return fail("InternalFailure", "the payload of an access report is damaged", 500);
  MadeReport made;
  made.scope = cx.task().scope;
  bool wanted = false;
  cx.read([&](store::Reader& reader) {
    auto report = reader.get_as<AccessReport>(report_key(made.scope, work->id));
    if (!report) return;   // the account was reset
    wanted = true;
    made.report = std::move(*report);
    auto subject = report_subject(cx.core().state<Caches>(), reader, made.scope, made.report.arn);
    if (!subject) made.report.error = subject.error().message;
    else made.services = report_services(cx.core().last_uses(), reader, made.scope, *subject, made.report.by_action, cx.now());
  });
  if (!wanted) return cx.finish();
  made.report.completed = cx.now();
  return cx.finish(made, [](store::Txn& tx, const MadeReport& m) -> Result<void> {
    if (!tx.has(report_key(m.scope, m.report.id))) return {};
    tx.put_record(report_key(m.scope, m.report.id), m.report);
    for (const ReportedService& s : m.services) tx.put_record(reported_service_key(m.scope, m.report.id, s.prefix), s);
    drop_oldest(tx, m.scope);
    return {};
  });
}

Result<void> GetServiceLastAccessedDetails(Context& cx, const svc::GetServiceLastAccessedDetailsRequest& in,
                                           svc::GetServiceLastAccessedDetailsResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto report = find_report(cx, reader, in.JobId.view());
    if (!report) { result = fail(std::move(report.error())); return; }
    bool made = fill_job(cx, *report, out);
    if (report->completed) out.JobType = report->by_action ? "ACTION_LEVEL" : "SERVICE_LEVEL";
    if (!made) return;
    out.ServicesLastAccessed.reserve(cx.arena(), 0);
    result = fill_services(cx, reader, in, *report, out);
  });
  return result;
}

Result<void> GetServiceLastAccessedDetailsWithEntities(Context& cx, const svc::GetServiceLastAccessedDetailsWithEntitiesRequest& in,
                                                       svc::GetServiceLastAccessedDetailsWithEntitiesResponse& out) {
  if (!find_service(in.ServiceNamespace.view())) return fail(invalid_input(cat("Invalid service namespace: [", in.ServiceNamespace.view(), "]")));
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto report = find_report(cx, reader, in.JobId.view());
    if (!report) { result = fail(std::move(report.error())); return; }
    if (!fill_job(cx, *report, out)) return;
    // Who counts and when is fixed in the report; names and paths are those of now, and who is gone is not shown.
    struct Shown { Entity entity; Millis time; };
    std::vector<Shown> shown;
    auto service = reader.get_as<ReportedService>(reported_service_key(cx.scope(), report->id, in.ServiceNamespace.view()));
    if (service)
      for (const ReportedEntity& e : service->entities)
        if (auto found = find_by_id(reader, cx.scope(), e.id)) shown.push_back({std::move(found->entity), e.time});
    std::sort(shown.begin(), shown.end(), [&](const Shown& a, const Shown& b) {
      return a.time != b.time ? a.time > b.time : entity_arn(cx.scope(), a.entity) < entity_arn(cx.scope(), b.entity);
    });
    size_t at = 0;
    if (in.Marker) {
      auto m = parse_marker(in.Marker);
      auto number = m ? parse_int(m->first) : std::nullopt;
      if (!number || *number < 0) { result = fail(validation_error("Invalid Marker.")); return; }
      at = std::min(size_t(*number), shown.size());
    }
    size_t end = std::min(shown.size(), at + page_size(in.MaxItems));
    out.EntityDetailsList.reserve(cx.arena(), uint32_t(end - at));
    for (size_t i = at; i < end; i++) fill_entity(cx, shown[i].entity, shown[i].time, out.EntityDetailsList.add(cx.arena()));
    end_page(cx, out, end < shown.size(), end < shown.size() ? make_marker(cat(end)) : std::string());
  });
  return result;
}

Result<void> ListPoliciesGrantingServiceAccess(Context& cx, const svc::ListPoliciesGrantingServiceAccessRequest& in,
                                               svc::ListPoliciesGrantingServiceAccessResponse& out) {
  std::vector<std::string> prefixes;
  std::string unknown;
  for (const Str& p : in.ServiceNamespaces) {
    if (!find_service(p.view())) append(unknown, unknown.empty() ? "" : ", ", p.view());
    else if (std::find(prefixes.begin(), prefixes.end(), p.view()) == prefixes.end()) prefixes.emplace_back(p.view());
  }
  if (!unknown.empty()) return fail(invalid_input(cat("Invalid service namespace: [", unknown, "]")));
  if (in.Marker) return fail(validation_error("Invalid Marker."));   // the answer is never in pages
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = source_entity(reader, cx.scope(), in.Arn.view());
    if (!e) { result = fail(std::move(e.error())); return; }
    PolicyHolder holder = policy_holder(cx.state<Caches>(), reader, cx.scope(), std::move(*e));
    for (const std::string& prefix : prefixes) {
      auto& to = out.PoliciesGrantingServiceAccess.add(cx.arena());
      to.ServiceNamespace = cx.str(prefix);
      to.Policies.reserve(cx.arena(), 0);
      for (const PolicySource& s : holder.sources) {
        if (!s.policy || !grants_service(*s.policy, prefix)) continue;
        auto& p = to.Policies.add(cx.arena());
        p.PolicyName = cx.str(s.name);
        p.PolicyType = s.arn.empty() ? "INLINE" : "MANAGED";
        if (!s.arn.empty()) { p.PolicyArn = cx.str(s.arn); continue; }
        p.EntityType = s.owner_kind == EntityKind::user ? "USER" : s.owner_kind == EntityKind::role ? "ROLE" : "GROUP";
        p.EntityName = cx.str(s.owner);
      }
    }
    out.IsTruncated = false;
  });
  return result;
}

}  // namespace fogbank::iam
