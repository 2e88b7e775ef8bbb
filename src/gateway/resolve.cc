#include "gateway/resolve.h"

#include "base/encoding.h"
#include "base/scope.h"
#include "base/strings.h"

namespace fogbank {
namespace {

std::string_view host_name(std::string_view host) {
  if (!host.empty() && host[0] == '[') return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool has_protocol(const ServiceInfo& s, wire::Protocol p) {
  for (auto q : s.wire->protocols) if (q == p) return true;
  return false;
}

bool rest(const ServiceInfo& s) { return has_protocol(s, wire::Protocol::rest_json) || has_protocol(s, wire::Protocol::rest_xml); }

wire::Protocol rest_protocol(const ServiceInfo& s) {
  return has_protocol(s, wire::Protocol::rest_json) ? wire::Protocol::rest_json : wire::Protocol::rest_xml;
}

const OperationInfo* find_operation(const ServiceInfo& s, std::string_view name) {
  for (const auto& op : s.operations) if (name == op.wire->name) return &op;
  return nullptr;
}

bool in_model(const ServiceInfo& s, std::string_view name) {
  for (const auto& r : s.wire->not_served) if (name == r.name) return true;
  return false;
}

// Query string as a list of raw pairs; a name without '=' has an empty value.
bool query_has(std::string_view query, std::string_view name, std::string_view value) {
  while (!query.empty()) {
    size_t amp = query.find('&');
    std::string_view pair = query.substr(0, amp);
    query = amp == std::string_view::npos ? std::string_view() : query.substr(amp + 1);
    size_t eq = pair.find('=');
    if (pair.substr(0, eq) != name) continue;
    if (value.empty()) return true;
    if (eq != std::string_view::npos && pair.substr(eq + 1) == value) return true;
  }
  return false;
}

using Names = std::vector<std::string>;

Names names(std::string_view list) {
  Names out;
  if (!list.empty()) for (auto n : split(list, ',')) out.emplace_back(n);
  return out;
}

Names required(const OperationInfo& op, wire::Location where) {
  Names out;
  for (const auto& f : op.wire->input->fields) if (f.required && f.location == where) out.emplace_back(f.wire_name);
  return out;
}

/// What an error can be written in for a service that is not here: the protocol that the request shows.
wire::Protocol shown_protocol(const HeadSignals& in) {
  using wire::Protocol;
  if (!in.target.empty()) return in.content_type.ends_with("1.0") ? Protocol::json_1_0 : Protocol::json_1_1;
  if (in.content_type.starts_with("application/x-www-form-urlencoded")) return in.signing_name == "ec2" ? Protocol::ec2 : Protocol::query;
  auto names_xml = [](std::string_view type) { return type.find("xml") != std::string_view::npos; };
  std::string_view accept;
  if (in.headers) for (const auto& h : *in.headers) if (iequals(h.name, "accept")) accept = h.value;
  if (names_xml(accept) || names_xml(in.content_type)) return Protocol::rest_xml;
  // A plain GET shows nothing: REST services speak JSON but for these.
  for (std::string_view xml : {"s3", "s3express", "s3-outposts", "route53", "cloudfront"}) if (in.signing_name == xml) return Protocol::rest_xml;
  return in.signing_name.empty() ? Protocol::rest_xml : Protocol::rest_json;
}

bool header_has(const std::vector<wire::Header>* headers, std::string_view name) {
  if (headers) for (const auto& h : *headers) if (iequals(h.name, name)) return true;
  return false;
}

}  // namespace

std::string bucket_of_host(std::string_view host) {
  std::string name = lower(host_name(host));
  std::string_view h = name;
  auto before = [&](std::string_view mark) -> std::string {
    size_t at = h.rfind(mark);
    return at == std::string_view::npos || at == 0 ? std::string() : lower(h.substr(0, at));
  };
  if (h.ends_with(".amazonaws.com") || h.ends_with(".amazonaws.com.cn")) {
    for (std::string_view mark : {".s3.", ".s3-", ".s3.dualstack."}) if (auto b = before(mark); !b.empty()) return b;
    return {};
  }
  for (std::string_view tail : {".s3.fogbank.localhost", ".s3.localhost.localstack.cloud", ".s3.localhost", ".fogbank.localhost", ".localhost.localstack.cloud", ".localhost"}) {
    if (!h.ends_with(tail)) continue;
    std::string b = lower(h.substr(0, h.size() - tail.size()));
    if (b == "s3" || b == "fogbank" || b.ends_with(".s3") || b.find(".s3.") != std::string::npos) {
      // "b.s3.eu-west-1.localhost.localstack.cloud" names a bucket before ".s3."; "s3.localhost" names none
      size_t at = b.find(".s3.");
      return at == std::string::npos ? std::string() : b.substr(0, at);
    }
    return b;
  }
  return {};
}

Resolver::Resolver(std::span<const ServiceInfo* const> services) : services_(services.begin(), services.end()) {
  for (const auto* s : services_) {
    by_folder_[s->folder] = s;
    by_signing_.emplace(s->wire->signing_name, s);
    by_signing_.emplace(s->wire->endpoint_prefix, s);
    if (s->wire->target_prefix) by_target_.emplace(s->wire->target_prefix, s);
    if (!rest(*s)) continue;
    auto& routes = routes_[s];
    auto add = [&](const char* name, const char* method, std::string_view uri, const OperationInfo* op, const Names& required_query, const Names& required_headers) {
      Route r{s, op, name, method, {}, {}, required_query, required_headers, 0};
      std::string_view query;
      if (size_t q = uri.find('?'); q != std::string_view::npos) {
        query = uri.substr(q + 1);
        uri = uri.substr(0, q);
      }
      if (uri.starts_with('/')) uri.remove_prefix(1);
      if (!uri.empty()) for (auto seg : split(uri, '/')) r.segments.emplace_back(seg);
      if (!query.empty()) {
        for (auto pair : split(query, '&')) {
          size_t eq = pair.find('=');
          r.query.emplace_back(pair.substr(0, eq), eq == std::string_view::npos ? "" : pair.substr(eq + 1));
        }
      }
      // The most specific route wins: literal query parameters, then literal segments, then plain labels before greedy ones.
      for (const auto& seg : r.segments) r.weight += seg[0] != '{' ? 100 : seg.ends_with("+}") ? 1 : 10;
      r.weight += int(r.query.size()) * 1000;
      for (const auto& [k, v] : r.query) r.weight += v.empty() ? 0 : 500;
      // What a literal parameter names is not told by its required headers as well: that they are missing is validation's to say.
      if (!r.query.empty()) r.required_headers.clear();
      r.weight += int(r.required_query.size() + r.required_headers.size()) * 1000;
      routes.push_back(std::move(r));
    };
    for (const auto& op : s->operations) add(op.wire->name, op.wire->method, op.wire->uri, &op, required(op, wire::Location::querystring), required(op, wire::Location::header));
    for (const auto& n : s->wire->not_served) add(n.name, n.method, n.uri, nullptr, names(n.required_query), names(n.required_headers));
    std::stable_sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) { return a.weight > b.weight; });
  }
}

const Resolver::Route* Resolver::match(const ServiceInfo& service, std::string_view path, const HeadSignals& in) const {
  const Route* r = match(service, path, in, true);
  return r ? r : match(service, path, in, false);  // a required member is missing: validation will say so
}

const Resolver::Route* Resolver::match(const ServiceInfo& service, std::string_view path, const HeadSignals& in, bool with_required) const {
  auto it = routes_.find(&service);
  if (it == routes_.end()) return nullptr;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (const auto& r : it->second) {
    if (r.method != in.method) continue;
    bool ok = true;
    std::string_view rest = path;
    bool more = !rest.empty();
    for (size_t i = 0; ok && i < r.segments.size(); i++) {
      const auto& seg = r.segments[i];
      if (!more) { ok = false; break; }
      if (seg.ends_with("+}")) {
        ok = !rest.empty();
        more = false;
        break;
      }
      size_t slash = rest.find('/');
      std::string_view part = rest.substr(0, slash);
      if (seg[0] == '{' ? part.empty() : part != seg) ok = false;
      more = slash != std::string_view::npos;
      rest = more ? rest.substr(slash + 1) : std::string_view();
      if (more && rest.empty() && i + 1 == r.segments.size()) more = false;  // a trailing slash
    }
    if (!ok || more) continue;
    for (const auto& [k, v] : r.query) ok = ok && query_has(in.query, k, v);
    // S3's operations are named by their parameters, so one without them is another one, or none.
    if (with_required || std::string_view(service.folder) == "s3") for (const auto& k : r.required_query) ok = ok && query_has(in.query, k, {});
    if (with_required) {
      for (const auto& k : r.required_headers) ok = ok && header_has(in.headers, k);
    }
    if (ok) return &r;
  }
  return nullptr;
}

ResolvedHead Resolver::resolve(const HeadSignals& in) const {
  ResolvedHead out;
  if (in.path == "/_lambda/package") {
    if (const ServiceInfo* lambda = by_folder("lambda")) {
      out.service = lambda;   // the URL of a function's package, as AWS's presigned ones of S3
      out.protocol = wire::Protocol::rest_json;
      out.op = find_operation(*lambda, "DownloadPackage");
      return out;
    }
  }
  if (const ServiceInfo* lambda = in.host.find(".lambda-url.") == std::string_view::npos ? nullptr : by_folder("lambda")) {
    out.service = lambda;   // any request to the host of a function URL
    out.protocol = wire::Protocol::rest_json;
    out.op = find_operation(*lambda, "InvokeFunctionUrl");
    return out;
  }
  auto by_target = by_target_.end();
  std::string_view target_op;
  if (size_t dot = in.target.rfind('.'); dot != std::string_view::npos) {
    by_target = by_target_.find(in.target.substr(0, dot));
    target_op = in.target.substr(dot + 1);
  }
  if (by_target != by_target_.end()) {
    out.service = by_target->second;
    out.protocol = has_protocol(*out.service, wire::Protocol::json_1_0) && !in.content_type.ends_with("1.1") ? wire::Protocol::json_1_0
                   : has_protocol(*out.service, wire::Protocol::json_1_1)                                     ? wire::Protocol::json_1_1
                                                                                                              : wire::Protocol::json_1_0;
    out.op = find_operation(*out.service, target_op);
    if (!out.op) { out.unknown_operation = target_op; out.not_served = in_model(*out.service, target_op); }
    return out;
  }
  if (in.smithy_protocol == "rpc-v2-cbor" && in.path.find("/service/") != std::string_view::npos) {
    // POST …/service/<name>/operation/<op>: the service is the one that signs; its name in the path is the model's shape name
    std::string_view rest = in.path.substr(in.path.find("/service/") + 9);
    size_t slash = rest.find("/operation/");
    if (slash != std::string_view::npos) {
      std::string_view op = rest.substr(slash + 11);
      out.service = by_signing_name(in.signing_name);
      if (!out.service) {
        for (const auto* s : services_) {
          if (has_protocol(*s, wire::Protocol::rpc_v2_cbor) && s->wire->target_prefix && rest.substr(0, slash) == s->wire->target_prefix) out.service = s;
        }
      }
      out.protocol = wire::Protocol::rpc_v2_cbor;
      if (out.service) {
        out.op = find_operation(*out.service, op);
        if (!out.op) { out.unknown_operation = op; out.not_served = in_model(*out.service, op); }
      }
      return out;
    }
  }
  out.service = by_signing_name(in.signing_name);
  if (!out.service && in.signing_name.empty()) {
    std::string_view h = host_name(in.host);
    std::string_view first = h.substr(0, h.find('.'));
    if (h.find(".amazonaws.com") != std::string_view::npos || h.ends_with(".localhost") || h.ends_with(".localstack.cloud")) out.service = by_signing_name(first);
  }
  if (!out.service && in.signing_name.empty()) {
    // Unsigned: a form body is a query call (told apart by its Version), anything else can only be meant for S3.
    // So is a link that somebody opens ("/?Action=ConfirmSubscription&…").
    bool link = in.method == "GET" && in.path == "/" && in.query.starts_with("Action=");
    // Query calls go to the root, or to the URL of a queue, whose path begins with an account.
    std::string_view first = in.path.substr(std::min<size_t>(in.path.size(), 1));
    first = first.substr(0, first.find('/'));
    bool query_path = first.empty() || is_account_id(first);
    if (link || (query_path && in.method == "POST" && in.content_type.starts_with("application/x-www-form-urlencoded"))) {
      out.protocol = wire::Protocol::query;
      return out;
    }
    const ServiceInfo* lambda = in.path.starts_with("/20") ? by_folder("lambda") : nullptr;   // its paths begin with a date
    if (lambda && match(*lambda, in.path, in)) out.service = lambda;
    else if (in.target.empty()) out.service = by_folder("s3");
  }
  if (!out.service) {
    out.protocol = shown_protocol(in);
    return out;
  }
  // Two APIs of one signing name: S3 Control is told by its path, which cannot be a bucket's, and by the account it names.
  if (std::string_view(out.service->folder) == "s3" && in.path.starts_with("/v20180820/") && header_has(in.headers, "x-amz-account-id")) {
    if (const ServiceInfo* control = by_folder("s3control")) out.service = control;
  }
  const ServiceInfo& s = *out.service;
  if (rest(s)) {
    out.protocol = rest_protocol(s);
    std::string path(in.path);
    if (std::string_view(s.folder) == "s3") {
      out.bucket_from_host = bucket_of_host(in.host);
      if (!out.bucket_from_host.empty()) path = cat('/', out.bucket_from_host, in.path);
    }
    if (const Route* r = match(s, path, in)) {
      out.op = r->op;
      if (!r->op) { out.unknown_operation = r->name; out.not_served = true; }
    } else {
      out.unknown_operation = cat(in.method, " ", in.path);
    }
    return out;
  }
  if (has_protocol(s, wire::Protocol::query) || has_protocol(s, wire::Protocol::ec2)) {
    out.protocol = has_protocol(s, wire::Protocol::query) ? wire::Protocol::query : wire::Protocol::ec2;
  } else {
    out.protocol = s.wire->protocols[0];
    out.unknown_operation = in.target;
  }
  return out;
}

const OperationInfo* Resolver::by_action(const ServiceInfo& service, std::string_view action, bool& exists) const {
  const auto* op = find_operation(service, action);
  exists = op || in_model(service, action);
  return op;
}

const ServiceInfo* Resolver::by_signing_name(std::string_view name) const {
  auto it = by_signing_.find(name);
  return it == by_signing_.end() ? nullptr : it->second;
}
const ServiceInfo* Resolver::by_folder(std::string_view folder) const {
  auto it = by_folder_.find(folder);
  return it == by_folder_.end() ? nullptr : it->second;
}

std::vector<std::string> Resolver::conflicts() const {
  std::vector<std::string> out;
  std::map<std::string, std::string> seen;
  auto claim = [&](const std::string& what, const std::string& who) {
    auto [it, fresh] = seen.emplace(what, who);
    if (!fresh && it->second != who) out.push_back(cat(what, ": ", it->second, " and ", who));
  };
  for (const auto* s : services_) {
    // A target tells services of one signing name apart (DynamoDB and its streams); S3 Control is told by its path, see resolve().
    if (s->wire->target_prefix) claim(cat("target ", s->wire->target_prefix), s->folder);
    else if (std::string_view(s->folder) != "s3control") claim(cat("signing ", s->wire->signing_name), s->folder);
    auto it = routes_.find(s);
    if (it == routes_.end()) continue;
    for (const auto& r : it->second) {
      if (!r.op) continue;  // deprecated twins in the model share a route with what replaced them; neither is served twice
      std::string shape = cat(s->wire->signing_name, ' ', r.method, ' ');
      for (const auto& seg : r.segments) append(shape, '/', seg[0] == '{' ? (seg.ends_with("+}") ? "{+}" : "{}") : seg.c_str());
      auto q = r.query;
      for (const auto& k : r.required_query) q.emplace_back(k, "");
      for (const auto& k : r.required_headers) q.emplace_back(k, "header");
      std::sort(q.begin(), q.end());
      for (const auto& [k, v] : q) append(shape, '?', k, '=', v);
      claim(shape, cat(s->folder, ':', r.name));
    }
  }
  return out;
}

}  // namespace fogbank
