// S3 for browsers: websites of buckets (by Host header), CORS preflights, and the CORS header lines of other answers. It also keeps the
// lines of access logs, since it sees every answer. Loop thread only; keeps nothing in memory.
//
// A page of a website is a GetObject by nobody, through the same decision as any other; what the website configuration makes of a
// missing or forbidden object is in website.cc.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "gateway/core.h"
#include "gateway/web.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

class Web : public WebDoor {
 public:
  explicit Web(Core& core) : core_(core) {}
  bool answer(Call& call, wire::Message& out) override;
  bool admits_origin(const Call& call, std::string_view origin) override;
  void on_answer(Call& call, const Result<void>& result, wire::Message& out) override;

 private:
  void preflight(Call& call, std::string_view bucket, wire::Message& out);
  Core& core_;
};

/// The bucket of a website's host ("b.s3-website-eu-west-1.amazonaws.com", "b.s3-website.localhost:4566"), or nothing.
std::optional<std::string> website_of_host(std::string_view host);

/// Answers a request of a website (website.cc).
void serve_website(Core& core, Call& call, std::string_view bucket, wire::Message& out);

const ServiceInfo& s3_service();
/// Partition of a call that may not have come as far as to know it.
Partition partition_of(const Call& call);

}  // namespace fogbank::s3
