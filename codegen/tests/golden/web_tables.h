// Tables of web's served operations and of what they reach. Written by codegen/.
#pragma once
#include "wire/model.h"

namespace fogbank::web {

extern const wire::Shape kShapes[9];
extern const wire::Operation kOperations[2];
extern const wire::Service kService;

/// The shape of each struct in types.h.
namespace shapes {
inline constexpr const wire::Shape* PutFileRequest = &kShapes[0];
inline constexpr const wire::Shape* PutFileOutput = &kShapes[4];
inline constexpr const wire::Shape* GetFileRequest = &kShapes[5];
inline constexpr const wire::Shape* GetFileOutput = &kShapes[7];
inline constexpr const wire::Shape* Owner = &kShapes[8];
}  // namespace shapes

}  // namespace fogbank::web
