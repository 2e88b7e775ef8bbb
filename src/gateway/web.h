// What web browsers need of a service beside its API: pages of websites, preflights of cross-origin requests, and the header lines that
// tell a browser what a page may see. S3 has it; the program gives it to the gateway (Gateway::set_web). Loop thread only; what a door
// keeps must be in the store.
#pragma once
#include "base/error.h"
#include "gateway/call.h"
#include "wire/codec.h"

namespace fogbank {

class WebDoor {
 public:
  virtual ~WebDoor() = default;
  /// Answers a request that is none of the API. False: it is, and nothing was done. `call` has facts, headers and parts; a payload is left
  /// in call.segments or in `out`.
  virtual bool answer(Call& call, wire::Message& out) = 0;
  /// Has the owner of what a resolved call is for let pages of this origin make it?
  virtual bool admits_origin(const Call& call, std::string_view origin) = 0;
  /// Called once with every answer, before it is sent or held: may add header lines, and may write to the store.
  virtual void on_answer(Call& call, const Result<void>& result, wire::Message& out) = 0;
};

}  // namespace fogbank
