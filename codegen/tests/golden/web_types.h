// Structs of web's served operations. Written by codegen/ from the API model web 2021-03-04.
#pragma once
#include <cstdint>

#include "base/arena.h"

namespace fogbank::web::svc {

struct PutFileRequest;
struct PutFileOutput;
struct GetFileRequest;
struct GetFileOutput;
struct Owner;

struct PutFileRequest {
  fogbank::Blob Body;
  fogbank::Str Bucket;
  fogbank::Str Key;
  fogbank::Map<fogbank::Str> Meta;
  fogbank::Str Type;
};

struct PutFileOutput {
};

struct GetFileRequest {
  fogbank::Str Bucket;
  fogbank::Str Key;
  fogbank::Opt<int32_t> Count;
};

struct GetFileOutput {
  fogbank::Opt<int32_t> Status;
  fogbank::Ptr<svc::Owner> Owner;
};

struct Owner {
  fogbank::Str Type;
};

}  // namespace fogbank::web::svc
