// Everything the chain keeps of one call, from its first byte to its reply. Made by the gateway for a request and by tasks for internal
// calls; owned by one holder at a time (loop, pool job, parked table, held replies). Nothing of it survives a crash: a parked call's client
// sees its connection end and asks again.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/aws_chunked.h"
#include "auth/credentials.h"
#include "auth/principal.h"
#include "auth/sigv4.h"
#include "base/arena.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gateway/operation.h"
#include "http/server.h"
#include "store/store.h"
#include "wire/codec.h"

namespace fogbank {

struct Call {
  // the request
  std::shared_ptr<http::Exchange> exchange;     ///< null: an internal call
  RequestFacts facts;
  std::vector<wire::Header> headers;
  wire::RequestParts parts;
  std::string path_storage;                     ///< where the path had to be rewritten (virtual-hosted buckets)
  std::string endpoint_storage;
  std::string unpacked_body;                    ///< of a compressed request: what parts.body then shows
  std::optional<std::string_view> packed_body;  ///< and its body as sent, which the signature is over
  std::string request_id;
  int64_t started_us = 0;

  // resolution
  const ServiceInfo* service = nullptr;
  const OperationInfo* op = nullptr;
  wire::Protocol protocol = wire::Protocol::rest_xml;
  std::string_view signing_service;             ///< of the credential scope

  // authentication
  std::shared_ptr<const auth::Principal> principal;
  std::shared_ptr<const auth::PolicySet> policies;
  Scope caller, target;
  std::string payload_hash;                     ///< x-amz-content-sha256, or of the body
  bool presigned = false;
  std::optional<auth::ChunkSigning> chunks;     ///< form body_in: what the signatures of aws-chunked pieces chain from

  // input and output
  Arena arena;
  const void* input = nullptr;
  void* output = nullptr;
  ReceivedBody body;

  // authorisation
  uint64_t authority_version = 0;
  const OperationInfo* decided_op = nullptr;    ///< what the decision is about, where that is not the operation itself (Context::decide_as)
  const void* decided_input = nullptr;
  std::vector<std::optional<ApiError>> entry_denials;
  Findings findings;                            ///< of the newest decision
  std::string decision;                         ///< for the access record: what allowed or denied it
  bool allowed = true;

  int64_t fault_latency_ms = 0;                 ///< a fault rule: answer that much later
  bool fault_drop = false;                      ///< a fault rule: end the connection instead of answering

  // running
  Core* core = nullptr;
  store::Ticket ticket = 0;
  uint64_t epoch = 0;
  bool wrote = false;
  bool holds_commit_gate = false;
  bool finished = false;                        ///< its access record is made
  std::string cause;                            ///< record that caused this call: "task/123"
  std::optional<int64_t> parked_deadline_us;
  bool parked = false;

  // the answer
  std::string extra_headers;
  int status_override = 0;
  struct Segment { std::shared_ptr<store::BlobReader> blob; int64_t offset, length; };
  std::vector<Segment> segments;                ///< the streaming payload of the answer, in order
  std::shared_ptr<http::BodySource> stream;     ///< or: a payload that is still being made
  int64_t content_length = -1;                  ///< HEAD: what to state

  void reset();                                 ///< empties it for the next request; keeps the arena's block
};

}  // namespace fogbank
