package picture

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// surface is the colour of a piece of furniture, with the joints of its doors or boards.
func (b *box) surface(p vec, axis int) vec {
	if b.stripe > 0 && axis != 0 {
		if at := frac((p[0] - b.lo[0]) / b.stripe); at < 0.03 {
			return scale(b.tint, .6)
		}
	}
	return scale(b.tint, 0.94+0.12*cloud(p[0]*9, p[1]*40+p[2]*40))
}

// surface is the colour of the room itself.
func (m *room) surface(p vec, axis int) vec {
	switch {
	case axis == 1 && p[1] < m.h/2:
		return m.ground(p[0], p[2])
	case axis == 1 && m.stage > Wiring:
		return vec{.93, .93, .92}
	case axis == 1:
		return concrete(p[0], p[2])
	}
	along := p[2] // runs along the wall
	if axis == 2 {
		along = p[0]
	}
	switch m.stage {
	case Bare:
		return joints(concrete(along+7*float32(axis), p[1]), along, 1.2, p[1], 0.9, .008, .75)
	case Wiring:
		return m.conduits(along, p[1], axis)
	case Carpentry:
		if axis == 2 {
			return panels(m.trim, along, p[1])
		}
	case Painting:
		if p[1] > 1.9+0.25*cloud(along*3, 4) {
			return vec{.84, .83, .81}
		}
	case Furnished:
		if p[1] < 0.09 {
			return vec{.90, .89, .87}
		}
	case Tiling:
		return scale(vec{.80, .79, .77}, 0.9+0.16*cloud(along*1.3, p[1]*1.3))
	}
	return scale(m.wall, 0.98+0.04*cloud(along*2, p[1]*2))
}

func (m *room) ground(x, z float32) vec {
	switch {
	case m.stage == Painting:
		return scale(vec{.72, .76, .80}, 0.82+0.36*cloud(x*2.3+z, z*2.3-x))
	case m.stage <= Wiring, m.stage == Tiling && z < m.d*0.42+m.tile*float32(int(x/m.tile)%2):
		return concrete(x, z)
	case m.stage == Furnished && m.tile < 0.5: // boards
		board := int32(math.Floor(float64(x / 0.16)))
		shade := 0.8 + 0.3*noise(7, board, int32(z/1.1+float32(board%3)*0.4), 0) + 0.1*cloud(x*60, z*3)
		return joints(scale(m.trim, shade*1.2), x, 0.16, z+float32(board%3)*0.4, 1.1, .004, .6)
	}
	shade := 0.94 + 0.08*noise(3, int32(x/m.tile), int32(z/m.tile), 1) + 0.05*cloud(x*4, z*4)
	return joints(scale(m.floor, shade), x, m.tile, z, m.tile, .014, .72)
}

func concrete(u, v float32) vec {
	shade := 0.48 + 0.12*cloud(u*1.1, v*1.1) + 0.08*cloud(u*7, v*7)
	return vec{shade, shade * .985, shade * .95}
}

func panels(tint vec, u, v float32) vec {
	panel := int32(u / 0.6)
	shade := 0.85 + 0.2*noise(5, panel, 0, 0) + 0.16*cloud(u*45, v*2+float32(panel)*9)
	return joints(scale(tint, shade), u, 0.6, v+9, 99, .012, .45)
}

// conduits are cut into the wall: red for power, blue for data, from sockets up to the ceiling.
func (m *room) conduits(u, v float32, axis int) vec {
	at := frac((u + 0.4*float32(axis)) / 1.3)
	switch {
	case at > 0.46 && at < 0.54 && v > 0.26 && v < 0.40:
		return vec{.15, .15, .16}
	case at > 0.485 && at < 0.5 && v > 0.3:
		return vec{.75, .22, .18}
	case at > 0.505 && at < 0.52 && v > 0.3, v > 2.2 && v < 2.22:
		return vec{.20, .36, .68}
	case at > 0.47 && at < 0.535 && v > 0.3, v > 2.17 && v < 2.25:
		return vec{.36, .34, .32}
	}
	return concrete(u+3, v)
}

// joints darkens the lines of a grid of a by b metres, each wide metres broad.
func joints(c vec, u, a, v, b, wide, dark float32) vec {
	if frac(u/a)*a < wide || frac(v/b)*b < wide {
		return scale(c, dark)
	}
	return c
}

// window shows the sky, brighter than the room, behind a frame.
func (m *room) window(p vec, axis int) (vec, bool) {
	z, y := p[2]-m.win[0], p[1]-m.win[2]
	width, height := m.win[1]-m.win[0], m.win[3]-m.win[2]
	if axis != 0 || (p[0] > m.w/2) != m.right || z < 0 || y < 0 || z > width || y > height {
		return vec{}, false
	}
	if min(z, y, width-z, height-y, abs(z-width/2)) < 0.05 {
		return vec{.82, .82, .80}, true
	}
	if y < 0.25+0.35*noise(11, int32(z*5), 0, 0) { // roofs
		return vec{.78, .82, .86}, true
	}
	return vec{1.15, 1.3, 1.5}, true
}

// lit shades a colour: by its side, its distance from the window, the corners and furniture near
// it, and the sun that falls through the window.
func (m *room) lit(c, p vec, axis int, dir vec) vec {
	side := float32(0)
	if m.right {
		side = m.w
	}
	toWindow := vec{side - p[0], (m.win[2]+m.win[3])/2 - p[1], (m.win[0]+m.win[1])/2 - p[2]}
	light := [3]float32{.84, 1, .92}[axis] * (0.55 + 0.75/(1+0.13*dot(toWindow, toWindow)))
	for i, size := range (vec{m.w, m.h, m.d}) {
		if i != axis {
			light *= 0.74 + 0.26*clamp(min(abs(p[i]), size-p[i])/0.4)
		}
	}
	if axis == 1 && p[1] < 0.01 {
		for i := range m.boxes {
			b := &m.boxes[i]
			away := max(b.lo[0]-p[0], p[0]-b.hi[0], b.lo[2]-p[2], p[2]-b.hi[2], b.lo[1])
			light *= 0.6 + 0.4*clamp(away/0.3)
		}
		light *= 1 + 0.1*clamp(-dir[1]*0.5)
	}
	if m.sunny(p, side) {
		return vec{c[0] * (light + .55), c[1] * (light + .5), c[2] * (light + .4)}
	}
	return scale(c, light)
}

func (m *room) sunny(p vec, side float32) bool {
	t := (side - p[0]) / m.sun[0]
	at := vec{side, p[1] + m.sun[1]*t, p[2] + m.sun[2]*t}
	if sky, ok := m.window(at, 0); t < 0.01 || !ok || sky[0] < 1 {
		return false
	}
	inv := vec{1 / m.sun[0], 1 / m.sun[1], 1 / m.sun[2]}
	for i := range m.boxes {
		if _, _, ok := m.boxes[i].meet(p, inv); ok {
			return false
		}
	}
	return true
}

// noise is a number in [0,1) that only depends on its arguments.
func noise(seed uint64, x, y, z int32) float32 {
	h := uint32(seed) ^ uint32(x)*0x85ebca6b ^ uint32(y)*0xc2b2ae35 ^ uint32(z)*0x27d4eb2f
	h = (h ^ h>>15) * 0x2c1b3c6d
	h = (h ^ h>>12) * 0x297a2d39
	return float32((h^h>>15)>>8) / (1 << 24)
}

// cloud is noise that changes smoothly, on a grid of 1.
func cloud(u, v float32) float32 {
	x, y := floor(u), floor(v)
	fu, fv := u-float32(x), v-float32(y)
	fu, fv = fu*fu*(3-2*fu), fv*fv*(3-2*fv)
	a := noise(1, x, y, 0)*(1-fu) + noise(1, x+1, y, 0)*fu
	b := noise(1, x, y+1, 0)*(1-fu) + noise(1, x+1, y+1, 0)*fu
	return a*(1-fv) + b*fv
}

func floor(v float32) int32 {
	i := int32(v)
	if float32(i) > v {
		i--
	}
	return i
}

func frac(v float32) float32      { return v - float32(floor(v)) }
func abs(v float32) float32       { return max(v, -v) }
func clamp(v float32) float32     { return min(max(v, 0), 1) }
func scale(v vec, by float32) vec { return vec{v[0] * by, v[1] * by, v[2] * by} }
func dot(a, b vec) float32        { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// stamp writes the caption into the lower right corner.
func stamp(img *image.RGBA, caption string) {
	if caption == "" {
		return
	}
	face := basicfont.Face7x13
	text := image.NewRGBA(image.Rect(0, 0, face.Advance*len(caption)+1, face.Height+1))
	for i, c := range []color.Color{color.RGBA{A: 160}, color.RGBA{250, 170, 60, 255}} {
		d := font.Drawer{Dst: text, Src: image.NewUniform(c), Face: face, Dot: fixed.P(1-i, face.Ascent+1-i)}
		d.DrawString(caption)
	}
	zoom := max(img.Rect.Dy()/300, 1)
	size := text.Rect.Size().Mul(zoom)
	to := image.Rectangle{Max: size}.Add(img.Rect.Max.Sub(size).Sub(image.Pt(8*zoom, 6*zoom)))
	draw.NearestNeighbor.Scale(img, to, text, text.Rect, draw.Over, nil)
}
