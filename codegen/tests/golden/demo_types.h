// Structs of demo's served operations. Written by codegen/ from the API model demo 2020-01-02.
#pragma once
#include <cstdint>

#include "base/arena.h"
#include "wire/model.h"

namespace fogbank::demo::svc {

struct Thing;
struct List;
struct ThingGone;
struct PingInput;
struct PingOutput;
struct WatchRequest;
struct WatchResponse;
struct Events;
struct Seen;

struct Thing {
  fogbank::Str Name;
  fogbank::Opt<bool> default_;
  fogbank::Opt<int32_t> NULL_;
  fogbank::Ptr<svc::Thing> Thing;
  fogbank::List<svc::Thing> Parts;
  fogbank::Map<svc::Thing> ByName;
  fogbank::List<fogbank::List<fogbank::Opt<double>>> Grid;
  fogbank::Ptr<svc::List> List;
  fogbank::List<fogbank::Opt<int64_t>> Times;
  fogbank::Map<fogbank::Blob> Blobs;
  fogbank::wire::Document Any;
  fogbank::Opt<int64_t> Big;
  fogbank::Opt<double> Weight;
  fogbank::Opt<int64_t> Created;
  fogbank::Str Secret;
  fogbank::Str Token;
  fogbank::List<fogbank::Str> Tags;
  fogbank::List<fogbank::Str> Old;
  fogbank::Map<fogbank::Str> Attributes;
};

struct List {
  fogbank::Map<fogbank::Str> Map;
  fogbank::Str Str;
};

struct ThingGone {
  fogbank::Str message;
};

struct PingInput {
};

struct PingOutput {
};

struct WatchRequest {
  fogbank::Str Color;
};

struct WatchResponse {
  fogbank::Ptr<svc::Events> Events;
};

struct Events {
  fogbank::Ptr<svc::Seen> Seen;
};

struct Seen {
  fogbank::Blob Payload;
  fogbank::Str Kind;
};

}  // namespace fogbank::demo::svc
