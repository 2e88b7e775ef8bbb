#include "services/sqs/queue_url.h"

#include "base/partition.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "services/sqs/errors.h"

namespace fogbank::sqs {
namespace {

/// Takes the last part of a path off it: "/queue/us-east-1/1/q" gives "q" and leaves "/queue/us-east-1/1".
std::string_view take_last(std::string_view& path) {
  size_t slash = path.rfind('/');
  std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  return last;
}

/// "eu-west-1", "us-gov-east-1": letters and hyphens with a digit at the end.
bool looks_like_region(std::string_view s) {
  if (s.size() < 6 || s.size() > 32 || s.back() < '0' || s.back() > '9' || s.find('-') == std::string_view::npos) return false;
  for (char c : s.substr(0, s.size() - 1))
    if (!((c >= 'a' && c <= 'z') || c == '-')) return false;
  return true;
}

/// The Region in a host's name; empty if there is none.
std::string_view region_of_host(std::string_view host) {
  host = host.substr(0, host.find(':'));
  if (host == "queue.amazonaws.com") return "us-east-1";  // the first endpoint that SQS had
  size_t dot = host.find('.');
  if (dot == std::string_view::npos) return {};
  std::string_view first = host.substr(0, dot), rest = host.substr(dot + 1);
  std::string_view second = rest.substr(0, rest.find('.'));
  if ((first == "sqs" || first == "sqs-fips") && looks_like_region(second)) return second;
  if (second == "queue" && looks_like_region(first)) return first;
  return {};
}

bool name_characters(std::string_view s) {
  for (char c : s)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  return true;
}

}  // namespace

bool plain_name(std::string_view name) { return !name.empty() && name.size() <= 80 && name_characters(name); }

bool fifo_name(std::string_view name) {
  return name.ends_with(".fifo") && name.size() > 5 && name.size() <= 80 && name_characters(name.substr(0, name.size() - 5));
}

Result<QueueAddress> parse_queue_url(std::string_view url, const Scope& caller) {
  std::string_view rest = url.substr(0, url.find('?'));
  std::string_view host;
  if (size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    rest.remove_prefix(scheme + 3);
    host = rest.substr(0, rest.find('/'));
    rest.remove_prefix(host.size());
  } else if (!rest.starts_with('/')) {  // "localhost:4566/000000000000/q"
    host = rest.substr(0, rest.find('/'));
    if (is_account_id(host)) host = {};
    rest.remove_prefix(host.size());
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  std::string_view path = rest;
  std::string_view name = take_last(path);
  std::string_view account = take_last(path);
  if (!is_account_id(account) || (!plain_name(name) && !fifo_name(name))) return fail(invalid_address(url));
  std::string_view region = region_of_host(host);
  if (region.empty()) {
    std::string_view last = take_last(path);
    if (looks_like_region(last) && path.ends_with("/queue")) region = last;
  }
  QueueAddress a;
  a.name = name;
  a.scope = caller;
  a.scope.account = AccountId(account);
  if (!region.empty()) {
    a.scope.region = Region(region);
    a.scope.partition = Partition(partition_of_region(region));
  }
  return a;
}

Result<QueueAddress> queue_address(const RequestFacts& request, Str url, const Scope& caller) {
  if (!url.empty()) return parse_queue_url(url, caller);
  if (request.path.size() > 1 && !request.internal) {
    if (auto a = parse_queue_url(request.path, caller)) return a;
  }
  return fail(missing_parameter("QueueUrl"));
}

std::string queue_url(const Context& cx, std::string_view name) {
  return cat(cx.request().endpoint, '/', cx.scope().account, '/', name);
}

}  // namespace fogbank::sqs
