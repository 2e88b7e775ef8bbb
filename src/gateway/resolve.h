// Which service, protocol and operation a request is for. One table, built from the generated services; a test proves that no two
// claim the same request. Signals, strongest first: the credential scope's signing name, the target prefix, the Smithy path and Version
// parameter, the host, the path. Pure; thread-safe after construction.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/operation.h"
#include "wire/codec.h"

namespace fogbank {

struct HeadSignals {
  std::string_view method, host, path, query, target, content_type, smithy_protocol, signing_name;
  const std::vector<wire::Header>* headers = nullptr;
};

struct ResolvedHead {
  const ServiceInfo* service = nullptr;
  wire::Protocol protocol = wire::Protocol::rest_xml;
  const OperationInfo* op = nullptr;     ///< known from the head alone (all but query)
  std::string unknown_operation;         ///< set if the service is known and the operation is not
  bool not_served = false;               ///< the unknown operation exists in the model
  std::string bucket_from_host;          ///< S3, virtual-hosted style: to be put before the path
};

class Resolver {
 public:
  explicit Resolver(std::span<const ServiceInfo* const> services);
  ResolvedHead resolve(const HeadSignals& signals) const;
  /// Query protocols: by the Action (and Version) of the body or query string.
  const OperationInfo* by_action(const ServiceInfo& service, std::string_view action, bool& exists) const;
  const ServiceInfo* by_signing_name(std::string_view name) const;
  const ServiceInfo* by_folder(std::string_view folder) const;
  /// Pairs of (service, operation) that the same request would reach; empty in a sound table.
  std::vector<std::string> conflicts() const;

 private:
  struct Route {
    const ServiceInfo* service;
    const OperationInfo* op;             ///< null: not served
    const char* name;
    std::string method;
    std::vector<std::string> segments;   ///< literal, "{x}" or "{x+}"
    std::vector<std::pair<std::string, std::string>> query;  ///< required literals
    std::vector<std::string> required_query, required_headers;  ///< of required members: they tell operations of one route apart
    int weight;
  };
  const Route* match(const ServiceInfo& service, std::string_view path, const HeadSignals& in) const;
  const Route* match(const ServiceInfo& service, std::string_view path, const HeadSignals& in, bool with_required) const;
  std::vector<const ServiceInfo*> services_;
  std::map<const ServiceInfo*, std::vector<Route>> routes_;
  std::map<std::string, const ServiceInfo*, std::less<>> by_signing_, by_target_, by_folder_;
};

/// The bucket named by a host ("b.s3.localhost:4566", "b.localhost", "b.s3.eu-west-1.amazonaws.com"), or empty.
std::string bucket_of_host(std::string_view host);

}  // namespace fogbank
