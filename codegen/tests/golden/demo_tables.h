// Tables of demo's served operations and of what they reach. Written by codegen/.
#pragma once
#include "wire/model.h"

namespace fogbank::demo {

extern const wire::Shape kShapes[28];
extern const wire::Operation kOperations[3];
extern const wire::Service kService;

/// The shape of each struct in types.h.
namespace shapes {
inline constexpr const wire::Shape* Thing = &kShapes[0];
inline constexpr const wire::Shape* List = &kShapes[10];
inline constexpr const wire::Shape* ThingGone = &kShapes[20];
inline constexpr const wire::Shape* PingInput = &kShapes[21];
inline constexpr const wire::Shape* PingOutput = &kShapes[22];
inline constexpr const wire::Shape* WatchRequest = &kShapes[23];
inline constexpr const wire::Shape* WatchResponse = &kShapes[25];
inline constexpr const wire::Shape* Events = &kShapes[26];
inline constexpr const wire::Shape* Seen = &kShapes[27];
}  // namespace shapes

}  // namespace fogbank::demo
