#include "crossfold/plan/artefact_cbor.h"

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/artefact_cbor_writer.h"
#include "plan/expect_artefacts.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

using testing::artefacts_to_cbor;
using testing::fit_id;
using testing::full_result;

TEST(ArtefactsCbor, KeepsEveryArray) {
  testing::expect_full_artefacts(
      artefacts_from_cbor(artefacts_to_cbor(fit_id(), full_result().artefacts), fit_id()));
}

TEST(ArtefactsCbor, HasEachArrayUnderItsName) {
  testing::expect_unlike_artefacts(
      artefacts_from_cbor(artefacts_to_cbor(fit_id(), testing::unlike_artefacts()), fit_id()));
}

TEST(ArtefactsCbor, RefusesAnotherFitsDocument) {
  const std::string bytes = artefacts_to_cbor(fit_id('b'), full_result().artefacts);
  expect_error(ErrorCode::bad_input,
               "belongs to fit \"" + fit_id('b').hex() + "\", not " + fit_id('a').hex(),
               [&] { static_cast<void>(artefacts_from_cbor(bytes, fit_id('a'))); });
}

TEST(ArtefactsCbor, RefusesArraysThatDoNotFitEachOther) {
  Artefacts artefacts;
  artefacts.held_out = Predictions{.rows = {1, 2}, .classes = 2, .probabilities = {1, 0, 1}};
  const std::string bytes = artefacts_to_cbor(fit_id(), artefacts);
  expect_error(ErrorCode::bad_input, "has 3 values for 2 rows of 2",
               [&] { static_cast<void>(artefacts_from_cbor(bytes, fit_id())); });
  artefacts.held_out =
      Predictions{.rows = {1, 2}, .classes = std::size_t{1} << 63, .probabilities = {}};
  const std::string wrapping = artefacts_to_cbor(fit_id(), artefacts);
  expect_error(ErrorCode::bad_input, "has 0 values for 2 rows of 9223372036854775808",
               [&] { static_cast<void>(artefacts_from_cbor(wrapping, fit_id())); });
}

}  // namespace
}  // namespace crossfold
