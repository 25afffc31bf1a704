"""What English sentences ask of the camera, and which ask nothing of it."""

from __future__ import annotations

import pytest

from tests.domain.moves_as_text import moves_of, rows

ONE_MOVE = """
zoom in -> zoom in
ZOOM IN -> zoom in
Zoom-in -> zoom in
zooming in -> zoom in
zoomed in -> zoom in
the picture zooms in -> zoom in
The camera slowly zooms in on her face -> zoom in
Slow cinematic zoom into the woman's eyes -> zoom in
zoom on the man walking left -> zoom in
zoom in to the left eye -> zoom in
slow push in -> zoom in
push-in -> zoom in
The camera gently pushes in towards the old house -> zoom in
dolly in -> zoom in
dolly-in, dramatic lighting -> zoom in
smooth dolly forward through the hallway -> zoom in
crash zoom -> zoom in
camera moves forward -> zoom in
move closer to the flower -> zoom in
get closer -> zoom in
close in on the tower -> zoom in
the camera approaches the statue -> zoom in
camera flies forward over the mountains -> zoom in
enlarge the picture -> zoom in
the camera is still zooming in -> zoom in
zoom out -> zoom out
the shot slowly zooms out to show the castle -> zoom out
zoom back -> zoom out
dolly out -> zoom out
pull back -> zoom out
the camera pulls back to reveal the city -> zoom out
Pull-out shot revealing the whole valley -> zoom out
drone shot flying backward away from the island -> zoom out
the view widens -> zoom out
pan left -> pan left
pan left over the city -> pan left
A serene lake at dawn, camera slowly pans to the left -> pan left
truck left -> pan left
trucking right quickly -> pan right
track left -> pan left
slide left -> pan left
camera moves left -> pan left
move the camera to the right -> pan right
the camera turns left -> pan left
whip pan to the right -> pan right
a slow left pan -> pan left
pan from left to right -> pan right
a long pan across the desert from right to left -> pan left
pans right across the skyline -> pan right
panning shot of the city -> pan right
tracking shot -> pan right
pan left or right -> pan left
tilt up -> tilt up
tilting downward -> tilt down
camera tilts down to the street -> tilt down
pan up to the sky -> tilt up
the camera looks up -> tilt up
pedestal up -> tilt up
boom down -> tilt down
crane up -> tilt up
the drone rises above the forest -> tilt up
roll clockwise -> roll clockwise
camera rolls counterclockwise -> roll counterclockwise
barrel roll -> roll clockwise
barrel roll left -> roll counterclockwise
orbit left -> orbit left
The camera orbits around the statue to the right -> orbit right
the camera circles her to the left -> orbit left
circle around the tower -> orbit right
rotate around the subject to the left -> orbit left
an orbiting aerial shot of a castle -> orbit right
a slowly orbiting drone over the city -> orbit right
zoom in on an orbiting satellite -> zoom in
a slow zooming shot of a rolling stone -> zoom in
The camera zooms in. Rolling waves crash on the shore. -> zoom in
The camera moves left. A tilted tower stands there. -> pan left
360 degree orbit -> orbit right
arc shot to the right -> orbit right
handheld -> handheld
shaky cam -> handheld
slight camera shake -> handheld
the camera shakes -> handheld
hand-held footage -> handheld
static -> still
still -> still
static shot -> still
still camera -> still
locked-off camera -> still
tripod shot -> still
fixed camera, the waterfall flows -> still
the camera stays still -> still
keep the camera still -> still
the camera does not move -> still
don't move the camera -> still
no camera movement -> still
no movement -> still
The camera is fixed. A girl turns left. -> still
"""

# A picture turned clockwise is what a camera sees that turns the other way.
ROTATION = """
rotate clockwise -> roll counterclockwise
rotate the picture counter-clockwise -> roll clockwise
spin the image anticlockwise -> roll clockwise
rotating clockwise slowly -> roll counterclockwise
the camera rotates clockwise -> roll clockwise
rotate the camera clockwise -> roll clockwise
the camera zooms in and rotates clockwise -> zoom in + roll clockwise
"""

SEVERAL_MOVES = """
panning left while zooming in -> pan left + zoom in
Slowly zoom in and pan right -> zoom in + pan right
dolly back while tilting up -> zoom out + tilt up
pan left and up -> pan left + tilt up
pan up and to the left -> tilt up + pan left
tilt up left -> tilt up + pan left
camera moves up and to the left -> tilt up + pan left
camera pans diagonally up left -> tilt up + pan left
the camera moves diagonally down and to the right -> tilt down + pan right
pan to the upper left -> tilt up + pan left
the camera moves toward the upper-left corner -> tilt up + pan left
pan over the desert to the lower right -> tilt down + pan right
the camera drifts from the top left -> tilt down + pan right
pan from the bottom left to the top right -> tilt up + pan right
crash zoom to the left -> zoom in + pan left
hand-held camera, slowly pushing in -> handheld + zoom in
handheld documentary style, slow pan right -> handheld + pan right
Zoom in. Handheld. -> zoom in + handheld
zoom in, then pan right -> zoom in | pan right
zoom in. Then pan left. -> zoom in | pan left
Zoom out! Tilt down! -> zoom out | tilt down
first pan left, then zoom in, finally tilt up -> pan left | zoom in | tilt up
pan right followed by a tilt up -> pan right | tilt up
whip pan left then crash zoom -> pan left | zoom in
the camera tilts upward, then pans right -> tilt up | pan right
the camera zooms in, then turns left -> zoom in | pan left
zoom in, hold, then pan left -> zoom in | pan left
zoom in, then hold -> zoom in | still
zoom in and then out -> zoom in | zoom out
zoom in and out -> zoom in | zoom out
pan left then back -> pan left | pan right
tilt up and down -> tilt up | tilt down
after zooming in, pan right -> zoom in | pan right
pan right after zooming in -> zoom in | pan right
pan right before zooming out -> pan right | zoom out
handheld, zoom in, then pan left -> handheld + zoom in | pan left + handheld
zoom in while the dog runs left -> zoom in
zoom in on the bird in the upper left -> zoom in
zoom in to the upper left corner -> zoom in
camera: slow zoom in; light: golden -> zoom in
"""

REFUSALS = """
don't zoom -> -
never zoom -> -
no pan -> -
no zoom, pan or tilt -> -
don't zoom, just pan left -> pan left
without panning, zoom in -> zoom in
do not tilt or pan, just zoom out slowly -> zoom out
no zoom and a slow pan left -> pan left
zoom in but don't pan -> zoom in
no camera shake, zoom in -> zoom in
instead of zooming in, pan left -> pan left
not static, zoom in -> zoom in
"""

NO_MOVE = """
a cat turning its head left -> -
she tilts her head up -> -
her head tilts up -> -
she turns right and smiles -> -
a man walks left and looks up -> -
The girl looks at the camera and smiles -> -
the cat moves to the left -> -
a wide shot of a car, moving left -> -
the dog rolls to the left -> -
birds fly left -> -
birds circle around the tower -> -
a boat drifts left -> -
a bird flies to the upper left -> -
the man at the bottom right waves -> -
a car zooms past -> -
a satellite orbits the earth -> -
the wheel rotates clockwise -> -
a rotating planet -> -
an orbiting satellite -> -
a slowly orbiting satellite -> -
two orbiting moons -> -
the circling hawk -> -
the camera shows a circling hawk -> -
a panning gold miner -> -
a rolling stone -> -
a tilted tower -> -
a zooming car -> -
a red zooming car -> -
a tracking device -> -
a spinning top -> -
a sliding door -> -
a drifting boat -> -
a forward moving train -> -
an upward drifting balloon -> -
clouds move slowly -> -
the sun rises over the sea -> -
a woman pushes a door in -> -
he pulls back the curtain -> -
a dog shaking off water -> -
people shaking hands -> -
handheld fan in her hand -> -
a girl holds a cup -> -
her gaze is fixed on the camera -> -
a panda in the zoo -> -
a pantry full of pans -> -
a panoramic view of the zoo -> -
a frying pan on the stove -> -
a pan in the oven -> -
Peter Pan -> -
spanning the river -> -
a still lake -> -
a still life with apples -> -
still waters -> -
static electricity in her hair -> -
tilt-shift photo of a town -> -
rolling hills -> -
tracks in the snow -> -
close-up of a cat's eye -> -
zoom lens on a table -> -
a video of a zoom call -> -
the flower opens slowly -> -
make the hair blow in the wind -> -
wave and smile -> -
left -> -
"""


@pytest.mark.parametrize(("sentence", "moves"), rows(ONE_MOVE + ROTATION + SEVERAL_MOVES))
def test_a_sentence_moves_the_camera(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves


@pytest.mark.parametrize(("sentence", "moves"), rows(REFUSALS))
def test_what_the_sentence_refuses_is_no_move(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves


@pytest.mark.parametrize(("sentence", "moves"), rows(NO_MOVE))
def test_what_others_do_is_no_camera_move(sentence: str, moves: str) -> None:
    assert moves_of(sentence) == moves
